package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/ops"
	"github.com/banyan-commerce/banyan/platform/ops/httpapi"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
	"github.com/banyan-commerce/banyan/platform/web"
)

const token = "operator-token-of-tests"

// paid is an event that nobody can take yet: it is held as dead.
type paid struct {
	Token string `json:"token"`
}

func (paid) EventType() event.Type { return event.Type{Name: "desk.paid", Version: 2} }

// heard is the version that the clerk knows.
type heard struct{}

func (heard) EventType() event.Type { return event.Type{Name: "desk.paid", Version: 1} }

// office is two schemas with an operator's server over them.
type office struct {
	t      *testing.T
	server *web.Server
	dbs    map[string]*sqldb.DB
	events []id.UUID // aggregates of the held events
}

func open(t *testing.T, e dbtest.Engine) *office {
	t.Helper()
	o := &office{t: t, dbs: e.DBs(t, "desk", "clerk")}
	now := time.Now
	desk := ops.New([]*sqldb.DB{o.dbs["desk"], o.dbs["clerk"]}, nil, now)
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(ops.NewMetrics(func() []*sqldb.DB { return []*sqldb.DB{o.dbs["desk"], o.dbs["clerk"]} }, now, slog.New(slog.DiscardHandler)))
	o.server = web.New(web.Options{
		Keys: access.NewKeys(token, []byte("0123456789abcdef0123456789abcdef")), Metrics: metrics,
		Routes: []web.Routes{httpapi.Routes(desk, now)},
	})
	return o
}

// fill holds three dead events of two aggregates, and records a due and a dead task in each schema.
func (o *office) fill() {
	o.t.Helper()
	ctx := o.t.Context()
	b := bus.New(slog.New(slog.DiscardHandler), time.Now, prometheus.NewRegistry())
	publisher := b.Publisher(o.dbs["desk"])
	clerk := bus.Subscription{Consumer: "clerk", Schema: o.dbs["clerk"], Handlers: []bus.Handler{
		bus.On(func(context.Context, *sqldb.Tx, event.Envelope, heard) error { return errors.New("not now") }),
	}}
	require.NoError(o.t, b.Start(ctx, []module.Manifest{
		{Name: "desk", Publishes: []event.Definition{event.Define(heard{})}},
		{Name: "clerk", Listens: []string{"desk.paid"}},
	}, []bus.Subscription{clerk}))
	o.events = []id.UUID{id.New(), id.New()}
	require.NoError(o.t, sqldb.InTx(ctx, o.dbs["desk"], func(tx *sqldb.Tx) error {
		for i, version := range []int64{1, 1, 2} {
			err := publisher.Publish(ctx, tx, event.Aggregate{Type: "paper", ID: o.events[i%2], Version: version}, paid{Token: "tok_of_somebody"})
			if err != nil {
				return err
			}
		}
		return nil
	}))
	require.Eventually(o.t, func() bool {
		held, err := bus.ListHeld(ctx, o.dbs["clerk"], bus.HeldFilter{Limit: 10})
		return err == nil && len(held) == 3
	}, time.Minute, 2*time.Millisecond)
	require.NoError(o.t, b.Stop(context.WithoutCancel(ctx)))
	q := task.NewQueue(time.Now)
	for _, db := range o.dbs {
		require.NoError(o.t, sqldb.InTx(ctx, db, func(tx *sqldb.Tx) error {
			for _, key := range []string{"due", "dead"} {
				if err := q.Enqueue(ctx, tx, "call", key, map[string]string{"token": "tok_of_somebody"}, time.Time{}); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, "UPDATE bus_task SET state = 'dead' WHERE task_key = 'dead'")
			return err
		}))
	}
}

func (o *office) ask(method, path, body, bearer string) (int, string) {
	o.t.Helper()
	r := httptest.NewRequestWithContext(o.t.Context(), method, path, strings.NewReader(body))
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	o.server.ServeHTTP(w, r)
	answer, err := io.ReadAll(w.Body)
	require.NoError(o.t, err)
	return w.Code, string(answer)
}

// read asks as the operator for something that is there.
func (o *office) read(path string, into any) string {
	o.t.Helper()
	status, body := o.ask(http.MethodGet, path, "", token)
	require.Equal(o.t, http.StatusOK, status, body)
	require.NoError(o.t, json.Unmarshal([]byte(body), into), body)
	return body
}

// post decides as the operator, and answers the code of the problem, if that is what came.
func (o *office) post(path, body string) (int, string) {
	o.t.Helper()
	status, answer := o.ask(http.MethodPost, path, body, token)
	var problem struct{ Code string }
	require.NoError(o.t, json.Unmarshal([]byte(answer), &problem), answer)
	return status, problem.Code
}

// held is the path of the first held event of an aggregate: the first one has two.
func (o *office) held(aggregate int) string {
	o.t.Helper()
	held, err := bus.ListHeld(o.t.Context(), o.dbs["clerk"], bus.HeldFilter{Limit: 10})
	require.NoError(o.t, err)
	for _, h := range held {
		if h.Event.Aggregate.ID == o.events[aggregate] {
			return fmt.Sprintf("/v1/system/events/held/clerk/%d", h.ID)
		}
	}
	require.FailNow(o.t, "nothing is held")
	return ""
}

// rows is a page of any list.
type rows struct {
	Items []struct {
		Module, State, Key, Action, Reason, Actor, Error string
		ID                                               any
		Count                                            int64
	}
	NextCursor string `json:"next_cursor"`
}

func TestNobodyButTheOperatorIsAnswered(t *testing.T) {
	t.Parallel()
	o := open(t, dbtest.Only(t, sqldb.SQLite))
	_, body := o.ask(http.MethodGet, "/openapi.json", "", "")
	var document struct{ Paths map[string]map[string]any }
	require.NoError(t, json.Unmarshal([]byte(body), &document))
	asked := 0
	for path, operations := range document.Paths {
		for method := range operations {
			asked++
			path := strings.NewReplacer("{module}", "clerk", "{id}", "1").Replace(path)
			body := `{"scope":"event","reason":"x"}`
			switch {
			case strings.HasSuffix(path, "/replay"):
				body = `{"scope":"event"}`
			case strings.HasSuffix(path, "/discard"), strings.HasSuffix(path, "/cancel"):
				body = `{"reason":"x"}`
			}
			status, answer := o.ask(strings.ToUpper(method), path, body, "")
			require.Equal(t, http.StatusUnauthorized, status, "%s %s", path, answer)
			status, answer = o.ask(strings.ToUpper(method), path, body, "oat_of_a_customer")
			require.Equal(t, http.StatusForbidden, status, "%s %s", path, answer)
			status, _ = o.ask(strings.ToUpper(method), path, body, token)
			require.NotContains(t, []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity}, status, path)
		}
	}
	require.Equal(t, 11, asked)
}

func TestHeldEventsAreListedShownReplayedAndDiscarded(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		o := open(t, e)
		o.fill()
		var first, second rows
		o.read("/v1/system/events/held?limit=2&state=dead", &first)
		require.Len(t, first.Items, 2)
		o.read("/v1/system/events/held?limit=2&state=dead&cursor="+first.NextCursor, &second)
		require.Len(t, second.Items, 1)
		require.Empty(t, second.NextCursor)

		var shown struct {
			State, Error string
			Payload      map[string]string
			Aggregate    struct{ ID id.UUID }
		}
		pair, single := o.held(0), o.held(1)
		body := o.read(pair, &shown)
		require.Equal(t, map[string]string{"token": "(hidden)"}, shown.Payload)
		require.Equal(t, o.events[0], shown.Aggregate.ID)
		require.NotContains(t, body, "tok_of_somebody")

		status, _ := o.post(pair+"/replay", `{"scope":"sequence"}`)
		require.Equal(t, http.StatusOK, status)
		status, code := o.post(pair+"/replay", `{"scope":"event"}`)
		require.Equal(t, http.StatusConflict, status)
		require.Equal(t, "event_not_dead", code)
		status, _ = o.post(single+"/discard", `{}`)
		require.Equal(t, http.StatusUnprocessableEntity, status, "a reason is needed")
		status, code = o.post(single+"/discard", `{"reason":" "}`)
		require.Equal(t, http.StatusUnprocessableEntity, status)
		require.Equal(t, "reason_needed", code)
		status, _ = o.post(single+"/discard", `{"reason":"entered twice"}`)
		require.Equal(t, http.StatusOK, status)
		for path, want := range map[string]string{
			"/v1/system/events/held/clerk/9999": "held_event_not_found", "/v1/system/events/held/attic/1": "schema_not_found",
		} {
			status, answer := o.ask(http.MethodGet, path, "", token)
			require.Equal(t, http.StatusNotFound, status)
			require.Contains(t, answer, want)
		}

		var status2 struct {
			Consumers []struct {
				Consumer string
				Held     map[string]int64
			}
			Schemas []struct{ Module string }
		}
		o.read("/v1/system/events", &status2)
		require.Len(t, status2.Schemas, 2)
		require.Equal(t, map[string]int64{"retry": 2, "archived": 1}, status2.Consumers[0].Held)

		var audit rows
		o.read("/v1/system/audit", &audit)
		require.Len(t, audit.Items, 2)
		require.Equal(t, "events.discard", audit.Items[0].Action, "newest first")
		require.Equal(t, "entered twice", audit.Items[0].Reason)
		require.Equal(t, "operator", audit.Items[0].Actor)
		require.Equal(t, "events.replay", audit.Items[1].Action)
	})
}

func TestTasksAreCountedListedShownRetriedAndCancelled(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		o := open(t, e)
		o.fill()
		var counts, list, page rows
		o.read("/v1/system/tasks/counts", &counts)
		require.Len(t, counts.Items, 4)
		body := o.read("/v1/system/tasks", &list)
		require.Len(t, list.Items, 4)
		require.NotContains(t, body, "payload")
		o.read("/v1/system/tasks?limit=3", &page)
		require.Equal(t, list.Items[:3], page.Items)
		o.read("/v1/system/tasks?limit=3&cursor="+page.NextCursor, &page)
		require.Equal(t, list.Items[3:], page.Items)

		decided := 0
		for _, item := range list.Items {
			path := "/v1/system/tasks/" + item.Module + "/" + item.ID.(string)
			var shown struct{ Payload map[string]string }
			o.read(path, &shown)
			require.Equal(t, map[string]string{"token": "(hidden)"}, shown.Payload)
			action, body := "/retry", ""
			if item.State == "due" {
				action, body = "/cancel", `{"reason":"by hand"}`
			}
			for _, want := range []int{http.StatusOK, http.StatusConflict} {
				status, answer := o.ask(http.MethodPost, path+action, body, token)
				require.Equal(t, want, status, answer)
			}
			decided++
		}
		status, _ := o.post("/v1/system/tasks/desk/"+id.New().String()+"/retry", "")
		require.Equal(t, http.StatusNotFound, status)
		status, _ = o.post("/v1/system/tasks/desk/4711/retry", "")
		require.Equal(t, http.StatusNotFound, status)

		var audit, rest rows
		o.read("/v1/system/audit?limit=3", &audit)
		require.Len(t, audit.Items, 3)
		o.read("/v1/system/audit?limit=3&cursor="+audit.NextCursor, &rest)
		require.Len(t, rest.Items, decided-3)
	})
}

func TestMetricsTellWhatIsPendingAndAreReadAtMostEveryTenSeconds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		o := open(t, e)
		o.fill()
		_, before := o.ask(http.MethodGet, "/metrics", "", "")
		require.Contains(t, before, `banyan_outbox_events{module="desk"}`)
		require.Contains(t, before, `banyan_outbox_oldest_seconds{module="clerk"} 0`)
		require.Contains(t, before, `banyan_tasks{kind="call",module="desk",state="dead"} 1`)
		statements := o.dbs["desk"].Stats().Statements.Load()
		_, _ = o.ask(http.MethodGet, "/metrics", "", "")
		require.Equal(t, statements, o.dbs["desk"].Stats().Statements.Load(), "the second scrape asks no database")
	})
}
