package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
)

const holdEvent = `INSERT INTO bus_held (consumer, event_id, source, agg_type, agg_id, agg_seq, type, ver, headers, payload,
	occurred_at, state, attempts, next_at, error, fingerprint, replay_count)
	SELECT id, ?, 'order', 'order', ?, ?, 'order.placed', 9, '{}', ?, 0, 'dead', 8, 0, 'nobody knows' , ?, 0 FROM bus_consumer WHERE name = 'payment'`

// stuckShop is a store in which payment holds two dead events of an order and has a dead task and one that is due.
func stuckShop(t *testing.T, url string) {
	t.Helper()
	location, err := sqldb.ParseLocation(url)
	require.NoError(t, err)
	db, err := sqldb.Open(t.Context(), location, "payment", sqldb.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	q := task.NewQueue(time.Now)
	require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(t.Context(), "INSERT INTO bus_consumer (name) VALUES ('payment')"); err != nil {
			return err
		}
		order, fingerprint := id.New(), id.New()
		for seq := range 2 {
			if _, err := tx.Exec(t.Context(), holdEvent, id.New(), order, seq, []byte(`{"token":"tok_of_somebody"}`), fingerprint); err != nil {
				return err
			}
		}
		for _, key := range []string{"broken", "tomorrow"} {
			if err := q.Enqueue(t.Context(), tx, "authorise", key, struct{}{}, time.Now().Add(24*time.Hour)); err != nil {
				return err
			}
		}
		_, err := tx.Exec(t.Context(), "UPDATE bus_task SET state = 'dead' WHERE task_key = 'broken'")
		return err
	}))
}

// operate runs a command and requires that it succeeds.
func operate(t *testing.T, environ []string, args ...string) string {
	t.Helper()
	code, stdout, stderr := quickly(t, environ, args...)
	require.Zero(t, code, "%v: %s", args, stderr)
	require.NotContains(t, stdout, "tok_of_somebody")
	return stdout
}

// names are the IDs that a list printed for scripts.
func names(t *testing.T, list string) []string {
	t.Helper()
	var page struct {
		Items []struct {
			Module string
			ID     json.RawMessage
		}
	}
	require.NoError(t, json.Unmarshal([]byte(list), &page), list)
	all := make([]string, len(page.Items))
	for i, item := range page.Items {
		all[i] = item.Module + "/" + strings.Trim(string(item.ID), `"`)
	}
	return all
}

func requireOperated(t *testing.T, environ []string) {
	t.Helper()
	refused := func(want string, args ...string) {
		t.Helper()
		code, stdout, stderr := quickly(t, environ, args...)
		require.Equal(t, 1, code, stdout)
		require.Contains(t, stderr, want)
	}
	require.Regexp(t, `(?m)^payment +0 +0 +0 +2 +0`, operate(t, environ, "events", "status"))
	dead := names(t, operate(t, environ, "events", "dead", "--json"))
	require.Len(t, dead, 2)
	table := operate(t, environ, "events", "dead", "--consumer", "payment", "--limit", "1")
	require.Contains(t, table, dead[0])
	require.NotContains(t, table, dead[1]+" ")
	require.Contains(t, table, "--cursor ")
	require.Contains(t, operate(t, environ, "events", "show", dead[0]), `"token": "(hidden)"`)
	require.Equal(t, "discarded: 1\n", operate(t, environ, "events", "discard", dead[0], "--reason", "entered twice"))
	refused("event_not_dead", "events", "replay", dead[0])
	require.Equal(t, "replayed: 1\n", operate(t, environ, "events", "replay", dead[1], "--scope", "sequence"))
	refused("--reason", "events", "discard", dead[1])
	refused("held_event_not_found", "events", "show", "payment/999999")
	refused("schema_not_found", "events", "replay", "attic/1")
	refused("MODULE/ID", "events", "show", "12")
	refused("unknown command", "events", "purge")
	refused("unknown command", "tasks", "purge")
	refused("path.id", "events", "show", "payment/twelve")

	require.Regexp(t, `payment +authorise +dead +1`, operate(t, environ, "tasks"))
	tasks := names(t, operate(t, environ, "tasks", "list", "--kind", "authorise", "--json"))
	require.Len(t, tasks, 2)
	require.Contains(t, operate(t, environ, "tasks", "list"), tasks[1])
	require.Contains(t, operate(t, environ, "tasks", "show", tasks[0]), `"key": "broken"`)
	require.Equal(t, "cancelled: 1\n", operate(t, environ, "tasks", "cancel", tasks[1], "--reason", "paid by hand"))
	refused("task_not_cancellable", "tasks", "cancel", tasks[1], "--reason", "again")
	refused("--reason", "tasks", "cancel", tasks[0])
	require.Equal(t, "made due: 1\n", operate(t, environ, "tasks", "retry", tasks[0]))
	refused("task_not_found", "tasks", "retry", "payment/"+id.New().String())
}

func TestOperatorsWorkOnADatabaseThatNoServerHas(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		url := e.MigratedURL(t, assembly.ModuleNames()...)
		stuckShop(t, url)
		requireOperated(t, append(dbtest.Settings(url), "BANYAN_DB="+url))
	})
}

func TestWhileAServerHasTheFilesOperatorsGoThroughIt(t *testing.T) {
	t.Parallel()
	url := dbtest.Only(t, sqldb.SQLite).MigratedURL(t, assembly.ModuleNames()...)
	stuckShop(t, url)
	s := open(t, url, "BANYAN_DEMO=off")
	requireOperated(t, []string{"BANYAN_DB=" + url, "BANYAN_ADDR=" + strings.TrimPrefix(s.url, "http://")})
	_, metrics := s.get(t, "/metrics")
	require.Contains(t, metrics, `banyan_outbox_events{module="order"} 0`)
	status, audit := s.get(t, "/v1/system/audit", "Authorization", "Bearer "+s.operator(t))
	require.Equal(t, 200, status)
	require.Equal(t, 4, strings.Count(audit, `"actor":"operator"`), audit)

	code, _, stderr := quickly(t, []string{"BANYAN_DB=" + url, "BANYAN_ADDR=127.0.0.1:1"}, "events", "status")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "BANYAN_ADDR")
}
