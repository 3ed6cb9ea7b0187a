package monitor_test

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/dbtest/wire"
	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/directory/monitor"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
	"github.com/banyan-commerce/banyan/platform/web"
)

const token = "operator-token-of-tests"

func process(d directory.Document, schemas ...*sqldb.DB) *monitor.Process {
	log := slog.New(slog.DiscardHandler)
	return monitor.NewProcess(d, monitor.NewSampler(prometheus.NewRegistry(), time.Now, log), schemas, log)
}

func TestTablesAreMeasuredOnBothEngines(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		db := e.DB(t, "desk")
		require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
			for _, key := range []string{"one", "other"} {
				if err := task.NewQueue(time.Now).Enqueue(t.Context(), tx, "remind", key, struct{}{}, time.Time{}); err != nil {
					return err
				}
			}
			_, err := tx.Exec(t.Context(), "INSERT INTO bus_consumer (name) VALUES ('desk'), ('cellar')")
			return err
		}))
		desk, _ := process(library(), db).Document(t.Context()).Find("desk")
		l := desk.Live
		require.False(t, l.Unreachable)
		require.Positive(t, l.Pool.Size)
		require.Positive(t, l.Schema.Bytes)
		require.Equal(t, map[string]int64{"due": 2}, l.Schema.Tasks)
		require.Zero(t, l.Schema.Pending)
		require.Len(t, l.Schema.Tables, 2)
		require.Equal(t, "bus_task", l.Schema.Tables[0].Name, "in the manifest's order")
		consumers := l.Schema.Tables[1]
		if e.Kind == sqldb.SQLite {
			require.Equal(t, directory.TableSize{Name: "bus_consumer", Rows: 2}, consumers)
			return
		}
		require.True(t, consumers.Estimated)
		require.Positive(t, *consumers.Bytes)
	})
}

func TestCountingEndsInALongTable(t *testing.T) {
	t.Parallel()
	var counts []string
	e := dbtest.Only(t, sqldb.SQLite).With(sqldb.Options{Observe: func(s sqldb.Statement) {
		if strings.Contains(s.Query, "COUNT(*)") && strings.Contains(s.Query, "bus_consumer") {
			counts = append(counts, s.Query)
		}
	}})
	db := e.DB(t, "desk")
	require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), "INSERT INTO bus_consumer (name) VALUES ('a'), ('b'), ('c'), ('d'), ('e')")
		return err
	}))
	for most, want := range map[int]directory.TableSize{
		4: {Name: "bus_consumer", Rows: 4, AtLeast: true},
		5: {Name: "bus_consumer", Rows: 5},
	} {
		counts = nil
		desk, _ := process(library(), db).CountingTo(most).Document(t.Context()).Find("desk")
		require.Equal(t, want, desk.Live.Schema.Tables[1])
		require.Len(t, counts, 1)
		require.Contains(t, counts[0], fmt.Sprint("LIMIT ", most+1), "no more rows are read than that")
	}
}

// hung is a connection on which nothing is answered while on is set, until the caller gives up.
type hung struct{ on *atomic.Bool }

func (h hung) Pass(ctx context.Context, _ string, call func() error) error {
	if h.on.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	return call()
}

func (hung) Admit(string) error { return nil }
func (hung) Works() bool        { return true }

func TestASchemaThatHangsIsLeftOutInTime(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		var on atomic.Bool
		cellar := e.With(sqldb.Options{Wrap: func(c driver.Connector) driver.Connector {
			return wire.Wrap(c, func(context.Context, wire.Native) (wire.Line, error) { return hung{&on}, nil })
		}}).DB(t, "cellar")
		desk := e.DB(t, "desk")
		on.Store(true)
		defer on.Store(false)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		d := process(library(), desk, cellar).Document(ctx)
		require.NoError(t, ctx.Err())
		require.False(t, d.Modules[0].Live.Unreachable)
		require.True(t, d.Modules[1].Live.Unreachable)
	})
}

func TestASchemaThatIsGoneIsSaidAndTheOthersAreTold(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		dbs := e.DBs(t, "desk", "cellar")
		require.NoError(t, dbs["cellar"].Close())
		d := directory.New([]module.Manifest{{Name: "cellar", Tables: []string{"bus_task"}}, {Name: "desk", Tables: []string{"bus_task"}}}, nil)
		d = process(d, dbs["desk"], dbs["cellar"]).Document(t.Context())
		require.True(t, d.Modules[0].Live.Unreachable)
		require.Nil(t, d.Modules[0].Live.Schema)
		require.False(t, d.Modules[1].Live.Unreachable)
		require.Len(t, d.Modules[1].Live.Schema.Tables, 1)
	})
}

func TestTheOperatorAloneIsServed(t *testing.T) {
	t.Parallel()
	server := web.New(web.Options{
		Keys:   access.NewKeys(token, []byte("0123456789abcdef0123456789abcdef")),
		Routes: []web.Routes{monitor.Routes(process(library()))},
	})
	ask := func(bearer string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, monitor.Path, http.NoBody)
		if bearer != "" {
			r.Header.Set("Authorization", "Bearer "+bearer)
		}
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		return w
	}
	require.Equal(t, http.StatusUnauthorized, ask("").Code)
	require.Equal(t, http.StatusForbidden, ask("oat_of_a_customer").Code)
	answer := ask(token)
	require.Equal(t, http.StatusOK, answer.Code, answer.Body)
	var d directory.Document
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &d))
	require.Equal(t, []string{"desk", "cellar"}, d.Names())
	require.NotNil(t, d.Modules[0].Live)
	require.NotContains(t, answer.Body.String(), `"rates"`, "one sample tells no rates")
}
