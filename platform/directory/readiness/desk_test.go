package readiness_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/migrations"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/directory/monitor"
	"github.com/banyan-commerce/banyan/platform/directory/readiness"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
	"github.com/banyan-commerce/banyan/platform/web"
)

type (
	opened struct{}
	sent   struct{}
	lost   struct{}
)

func (opened) EventType() event.Type { return event.Type{Name: "desk.opened", Version: 1} }
func (sent) EventType() event.Type   { return event.Type{Name: "shipping.sent", Version: 1} }
func (lost) EventType() event.Type   { return event.Type{Name: "shipping.lost", Version: 1} }

// house is a process: the desk calls shipping, each hears the other, and the attic is said to call shipping, too.
// Shipping has the name of a module that is there, for its schema.
type house struct {
	t        *testing.T
	registry *prometheus.Registry
	meter    *boundary.Meter
	schemas  []*sqldb.DB
	settings readiness.Settings
	at       time.Time
	scripts  func(string) (fs.FS, error)
	desk     *readiness.Desk
}

func manifests() []module.Manifest {
	return []module.Manifest{
		{Name: "desk", Calls: []string{"shipping"}, Publishes: []event.Definition{event.Define(opened{})}, Listens: []string{"shipping.sent", "shipping.lost"}},
		{
			Name: "shipping", Publishes: []event.Definition{event.Define(sent{}), event.Define(lost{})}, Listens: []string{"desk.opened"},
			Routes: []string{"GET /v1/shipments"}, Tables: []string{"shipment", "tracking_event"},
		},
		{Name: "attic", Calls: []string{"shipping", "desk"}},
	}
}

func newHouse(t *testing.T, schemas ...*sqldb.DB) *house {
	t.Helper()
	h := &house{
		t: t, registry: prometheus.NewRegistry(), schemas: schemas, scripts: migrations.FS, at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
		settings: readiness.Settings{Hosts: []string{"desk", "shipping", "attic"}, Broker: true, Users: true, Trust: true, OutboxMiB: 10, Clients: []string{"shipping"}},
	}
	log := slog.New(slog.DiscardHandler)
	var err error
	h.meter, err = boundary.NewMeter(time.Now, log, h.registry)
	require.NoError(t, err)
	h.open()
	return h
}

// open makes the desk, for settings that a test has changed.
func (h *house) open() {
	log := slog.New(slog.DiscardHandler)
	h.desk = readiness.NewDesk(readiness.Options{
		Process: monitor.NewProcess(directory.New(manifests(), nil), monitor.NewSampler(h.registry, time.Now, log), h.schemas, log),
		Figures: h.registry, Schemas: h.schemas, Settings: h.settings,
		Scripts: func(name string) (fs.FS, error) { return h.scripts(name) },
		Path: readiness.Path{Name: "open -> sent", Begins: "desk.opened", Ends: "shipping.sent", Legs: []readiness.Leg{
			{From: "desk", To: "shipping", Method: "Send"}, {From: "desk", To: "shipping", Event: "desk.opened"}, {From: "desk", To: "attic", Event: "desk.opened"},
		}},
		Now: func() time.Time { return h.at },
	})
}

func (h *house) report(name string) readiness.Report {
	h.t.Helper()
	r, err := h.desk.Report(h.t.Context(), name)
	require.NoError(h.t, err)
	return r
}

// calls lets a module call another one, so often in one piece of work.
func (h *house) calls(from, to, method string, often int) {
	h.t.Helper()
	callee := h.meter.Callee(to)
	boundary.Do(h.t.Context(), from, func(ctx context.Context) {
		for range often {
			boundary.Weigh(ctx, callee, method, "12345678")
			_, err := boundary.Call(ctx, callee, method, func(context.Context) (string, error) { return "1234", nil })
			require.NoError(h.t, err)
		}
	})
}

// trades counts n orders, of which each is an event of the desk's that shipping took, in 10 ms, and one of
// shipping's that the desk took.
func (h *house) trades(n int) {
	h.t.Helper()
	counter := func(name string, value float64, labels prometheus.Labels) {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, ConstLabels: labels})
		c.Add(value)
		h.registry.MustRegister(c)
	}
	timed := func(name string, labels prometheus.Labels) {
		s := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, ConstLabels: labels, Buckets: prometheus.ExponentialBuckets(0.00125, 2, 8)})
		for range n {
			s.Observe(0.0099)
		}
		h.registry.MustRegister(s)
	}
	for _, e := range [][3]string{{"desk", "shipping", "desk.opened"}, {"shipping", "desk", "shipping.sent"}} {
		counter("banyan_events_published_total", float64(n), prometheus.Labels{"module": e[0], "type": e[2]})
		counter("banyan_event_bytes_total", 400*float64(n), prometheus.Labels{"module": e[0], "type": e[2]})
		counter("banyan_events_total", float64(n), prometheus.Labels{"consumer": e[1], "type": e[2], "result": "done"})
		timed("banyan_event_latency_seconds", prometheus.Labels{"consumer": e[1], "type": e[2]})
	}
	timed("banyan_aggregate_age_seconds", prometheus.Labels{"module": "shipping", "type": "shipping.sent"})
}

func titles(r readiness.Report, w readiness.Weight) []string {
	var all []string
	for _, d := range r.Decisions {
		if d.Weight == w {
			all = append(all, d.Title)
		}
	}
	return all
}

func verdicts(r readiness.Report) []string {
	var all []string
	for _, v := range r.Verdicts {
		all = append(all, v.Verdict)
	}
	return all
}

func TestAReportCountsByOrderInBothDirections(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		h := newHouse(t, e.DB(t, "shipping"))
		for range 4 {
			h.calls("desk", "shipping", "Send", 1)
		}
		h.trades(4)
		h.at = h.at.Add(time.Hour)
		r := h.report("shipping")
		require.Equal(t, int64(4), r.Observed.Orders)
		require.InDelta(t, 3600, r.Observed.Seconds, 0)
		require.Len(t, r.Calls, 1)
		require.Equal(t, "desk -> shipping.Send", r.Calls[0].String())
		require.InDelta(t, 1, *r.Calls[0].PerOrder, 0)
		require.Equal(t, &readiness.CallBytes{Request: 10, Answer: 6}, r.Calls[0].Bytes)
		require.Empty(t, r.Calls[0].Chatty)
		require.Len(t, r.Events, 2)
		for _, of := range r.Events {
			require.InDelta(t, 1, *of.PerOrder, 0)
			require.InDelta(t, 400, *of.Bytes, 0)
			require.InDelta(t, 7.5, of.Now.P50, 1e-9, "half way between the bounds of its bucket, 5 and 10 ms")
			require.InDelta(t, 9.95, of.Now.P99, 1e-9)
			require.Greater(t, of.After.P50, of.Now.P50)
		}
		require.Equal(t, []string{"desk -> shipping.Send", "desk ~> shipping desk.opened"}, r.Journey.Crosses)
		require.Equal(t, []readiness.Edge{{Kind: readiness.Unseen, What: "attic -> shipping"}, {Kind: readiness.Unseen, What: "shipping ~> desk shipping.lost"}}, r.Edges)
		require.Equal(t, string(e.Kind), r.Data.Engine)
		require.Len(t, r.Data.Tables, 2)
		require.Zero(t, r.Data.Migrations)
		require.Empty(t, r.Data.Strangers)
		if e.Kind == sqldb.SQLite {
			require.Equal(t, []string{"ready", "not ready", "ready", "ready"}, verdicts(r))
			require.Equal(t, []string{"MySQL instead of SQLite"}, titles(r, readiness.Blocks))
		} else {
			require.Equal(t, []string{"ready", "ready", "ready", "ready"}, verdicts(r))
		}
		require.Contains(t, titles(r, readiness.Know), "events while it is away")
	})
}

func TestAModuleOfWhichNothingWasObservedSaysSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.Only(t, sqldb.SQLite).DB(t, "shipping"))
	r := h.report("shipping")
	require.True(t, r.Observed.Nothing)
	require.Empty(t, r.Calls)
	require.Empty(t, r.Events)
	require.Nil(t, r.Journey)
	require.Empty(t, r.Edges)
	require.Equal(t, []string{"an observation"}, titles(r, readiness.First))
	require.Equal(t, []string{"ready after", "not ready", "ready after", "ready after"}, verdicts(r))
	text, err := json.Marshal(r)
	require.NoError(t, err)
	require.NotContains(t, string(text), "null")
	require.NotContains(t, string(text), `"per_order"`)
}

func TestPlantedChatterAndUndeclaredEdgesAreInTheReport(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.Only(t, sqldb.SQLite).DB(t, "shipping"))
	h.trades(2)
	for range 8 {
		h.calls("desk", "shipping", "Track", 1)
	}
	h.calls("desk", "shipping", "Send", 5)
	h.calls("shipping", "desk", "Ask", 1)
	stray := prometheus.NewCounter(prometheus.CounterOpts{Name: "banyan_events_published_total", ConstLabels: prometheus.Labels{"module": "shipping", "type": "shipping.sunk"}})
	stray.Inc()
	h.registry.MustRegister(stray)
	r := h.report("shipping")
	chatty := map[string]string{}
	for _, c := range r.Calls {
		chatty[c.Method] = c.Chatty
	}
	require.Equal(t, map[string]string{
		"Track": "4.0 for each order, more than 3",
		"Send":  "4 of 5 repeat one made in the same piece of work, as in a loop",
		"Ask":   "",
	}, chatty)
	require.Contains(t, r.Edges, readiness.Edge{Kind: readiness.Undeclared, What: "shipping -> desk.Ask: Calls of shipping's manifest does not name desk"})
	require.Contains(t, r.Edges, readiness.Edge{Kind: readiness.Undeclared, What: "shipping states shipping.sunk: Publishes of its manifest does not name it"})
	require.Contains(t, titles(r, readiness.Blocks), "undeclared edges")
	require.Equal(t, "not ready", r.Verdicts[0].Verdict)
	require.Equal(t, []string{"undeclared edges"}, r.Verdicts[0].Because)
	require.Contains(t, titles(r, readiness.First), "fewer calls desk -> shipping.Send")
}

func TestWhatMustBeDecidedFollowsFromSettingsAndSchema(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		db := e.AsOwner().DB(t, "desk")
		h := newHouse(t, db)
		h.trades(1)
		h.settings = readiness.Settings{Hosts: []string{"shipping"}}
		h.scripts = func(string) (fs.FS, error) { return newer{}, nil }
		h.open()
		for _, table := range []string{"schema_version (version_id BIGINT NOT NULL)", "scribble (n BIGINT NOT NULL)"} {
			exec(t, db, "CREATE TABLE IF NOT EXISTS "+table)
			t.Cleanup(func() { exec(t, db, "DROP TABLE IF EXISTS "+strings.Fields(table)[0]) })
		}
		require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
			return task.NewQueue(time.Now).Enqueue(t.Context(), tx, "remind", "one", struct{}{}, time.Time{})
		}))
		exec(t, db, "UPDATE bus_task SET state = 'dead'")
		r := h.report("desk")
		require.Equal(t, 1, r.Data.Migrations)
		require.Equal(t, []string{"scribble"}, r.Data.Strangers)
		require.Subset(t, titles(r, readiness.Blocks), []string{"a client of its contract", "tables that no migration makes"})
		require.Subset(t, titles(r, readiness.First), []string{"a broker", "migrations", "what is stuck"})
		if e.Kind == sqldb.MySQL {
			require.Contains(t, titles(r, readiness.First), "database users")
		}
		require.Equal(t, "not ready", r.Verdicts[readiness.Rows-1].Verdict)
		require.Contains(t, titles(r, readiness.Know), "trust")
	})
}

// newer is the folder of a program that has one migration more than any.
type newer struct{ fs.FS }

func (newer) Glob(string) ([]string, error) { return []string{"09999_more.sql"}, nil }

func exec(t *testing.T, db *sqldb.DB, query string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	require.NoError(t, sqldb.InTx(ctx, db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, query)
		return err
	}))
}

func TestTheProcessOfAnotherModuleTellsWhatItSeesAndSaysWhatItDoesNot(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.trades(1)
	r := h.report("shipping")
	require.Nil(t, r.Data)
	require.Contains(t, titles(r, readiness.First), "the process that hosts it")
	require.Len(t, r.Events, 2)
}

const token = "operator-token-of-tests"

func TestReportsAreTheOperatorsAndOfModulesThatThereAre(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	server := web.New(web.Options{
		Keys: access.NewKeys(token, []byte("0123456789abcdef0123456789abcdef")), Routes: []web.Routes{readiness.Routes(h.desk)}, Now: time.Now,
	})
	ask := func(path, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		return w
	}
	require.Equal(t, http.StatusUnauthorized, ask(readiness.Route("desk"), "").Code)
	unknown := ask(readiness.Route("cellar"), token)
	require.Equal(t, http.StatusNotFound, unknown.Code)
	require.Contains(t, unknown.Body.String(), "module_not_found")
	known := ask(readiness.Route("desk"), token)
	require.Equal(t, http.StatusOK, known.Code)
	var r readiness.Report
	require.NoError(t, json.Unmarshal(known.Body.Bytes(), &r))
	require.Equal(t, "desk", r.Module)
	require.False(t, math.IsNaN(r.Costs.Call.P50))
}
