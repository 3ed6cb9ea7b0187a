package monitor_test

import (
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/directory/monitor"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/module"
)

type lent struct {
	Loan id.UUID `json:"loan_id"`
}

func (lent) EventType() event.Type { return event.Type{Name: "desk.lent", Version: 1} }

func library() directory.Document {
	return directory.New([]module.Manifest{
		{
			Name: "desk", Calls: []string{"cellar"}, Publishes: []event.Definition{event.Define(lent{})},
			Routes: []string{"POST /v1/loans", "GET /v1/loans/{id}"}, Tables: []string{"bus_task", "bus_consumer"},
		},
		{Name: "cellar", Listens: []string{"desk.lent"}},
	}, nil)
}

// house is a process with a clock that a test sets.
type house struct {
	*monitor.Sampler

	t        *testing.T
	registry *prometheus.Registry
	counters map[string]*prometheus.CounterVec
	at       time.Time
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{
		t: t, registry: prometheus.NewRegistry(), counters: map[string]*prometheus.CounterVec{},
		at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
	}
	h.Sampler = monitor.NewSampler(h.registry, func() time.Time { return h.at }, slog.New(slog.DiscardHandler))
	return h
}

// count adds n to a series, which is there from then on. Labels are named and then valued.
func (h *house) count(metric string, n float64, labels ...string) {
	h.t.Helper()
	names, values := []string{}, prometheus.Labels{}
	for i := 0; i < len(labels); i += 2 {
		names, values[labels[i]] = append(names, labels[i]), labels[i+1]
	}
	if h.counters[metric] == nil {
		h.counters[metric] = prometheus.NewCounterVec(prometheus.CounterOpts{Name: metric}, names)
		h.registry.MustRegister(h.counters[metric])
	}
	h.counters[metric].With(values).Add(n)
}

// after lets time go by and takes a sample.
func (h *house) after(d time.Duration) {
	h.t.Helper()
	h.at = h.at.Add(d)
	require.NoError(h.t, h.Sample())
}

// figures are those of a module, which has no schema here.
func (h *house) figures(name string) *directory.Live {
	h.t.Helper()
	p := monitor.NewProcess(library(), h.Sampler, nil, slog.New(slog.DiscardHandler))
	m, known := p.Document(h.t.Context()).Find(name)
	require.True(h.t, known)
	require.True(h.t, m.Live.Unreachable)
	return m.Live
}

const sql = "banyan_sql_statements_total"

func TestThereAreNoRatesBeforeTheSecondSample(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.count(sql, 50, "module", "desk")
	require.Nil(t, h.figures("desk").Rates)
	h.after(0)
	require.Nil(t, h.figures("desk").Rates)
	h.after(0)
	require.Nil(t, h.figures("desk").Rates, "no time went by")
	h.after(5 * time.Second)
	require.NotNil(t, h.figures("desk").Rates)
	require.Zero(t, h.figures("desk").Rates.Statements, "nothing since the first sample")
	h.count(sql, 50, "module", "desk")
	h.after(5 * time.Second)
	rates := h.figures("desk").Rates
	require.InDelta(t, 10, rates.Seconds, 0)
	require.InDelta(t, 5, rates.Statements, 0)
	require.Zero(t, h.figures("cellar").Rates.Statements, "each module has its own")
}

func TestRatesAreOfTheLastMinute(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.count(sql, 0, "module", "desk")
	h.after(0)
	for range 12 { // a busy minute
		h.count(sql, 500, "module", "desk")
		h.after(5 * time.Second)
	}
	require.InDelta(t, 100, h.figures("desk").Rates.Statements, 0)
	for range 6 {
		h.after(5 * time.Second)
	}
	require.InDelta(t, 50, h.figures("desk").Rates.Statements, 0)
	for range 6 {
		h.after(5 * time.Second)
	}
	require.Zero(t, h.figures("desk").Rates.Statements)
	require.InDelta(t, 60, h.figures("desk").Rates.Seconds, 0)
}

func TestRequestsAreTheModulesWhoseManifestHasTheRoute(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ask := func(n float64, method, route, status string) {
		h.count("banyan_http_requests_total", n, "method", method, "route", route, "status", status, "module", "whoever")
	}
	ask(1, "GET", "/v1/loans/{id}", "200")
	h.after(0)
	ask(10, "POST", "/v1/loans", "201")
	ask(20, "POST", "/v1/loans", "409")
	ask(30, "POST", "/v1/loans", "503")
	ask(40, "GET", "/v1/books", "200")
	h.after(10 * time.Second)
	require.Equal(t, []directory.RequestRate{
		{Route: "POST /v1/loans", Rate: 6, Refused: 2, Failed: 3},
		{Route: "GET /v1/loans/{id}"},
	}, h.figures("desk").Rates.Requests, "a series that is new began at zero; one that stands still is listed")
	require.Empty(t, h.figures("cellar").Rates.Requests)
}

func TestCallsAndEventsAreCountedByEdge(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.count(sql, 1, "module", "desk")
	h.after(0)
	h.count("banyan_calls_total", 30, "caller", "desk", "callee", "cellar", "method", "Fetch", "result", "ok")
	h.count("banyan_calls_total", 10, "caller", "desk", "callee", "cellar", "method", "Fetch", "result", "conflict")
	h.count("banyan_calls_total", 10, "caller", "desk", "callee", "attic", "method", "Climb", "result", "ok")
	h.count("banyan_events_published_total", 20, "module", "desk", "type", "desk.lent")
	h.count("banyan_events_total", 10, "consumer", "cellar", "type", "desk.lent", "result", "done")
	h.count("banyan_events_total", 5, "consumer", "cellar", "type", "desk.lent", "result", "held")
	h.after(10 * time.Second)
	desk, cellar := h.figures("desk").Rates, h.figures("cellar").Rates
	require.Equal(t, []directory.CallRate{
		{To: "attic", Method: "Climb", Rate: 1},
		{To: "cellar", Method: "Fetch", Rate: 4, Failed: 1},
	}, desk.Calls, "what is counted is shown, declared or not")
	require.Equal(t, []directory.PublishedRate{{Event: "desk.lent", Rate: 2}}, desk.Publishes)
	require.Equal(t, []directory.TakenRate{{Event: "desk.lent", From: "desk", Rate: 1, Held: .5}}, cellar.Takes)
	require.Empty(t, cellar.Calls)
	require.Empty(t, desk.Takes)
}

func TestWhatWaitsIsTheNewestValue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	gauge := func(metric string, n float64, labels prometheus.Labels) {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: metric, ConstLabels: labels})
		g.Set(n)
		h.registry.MustRegister(g)
	}
	gauge("banyan_events_held", 3, prometheus.Labels{"consumer": "desk", "state": "dead"})
	gauge("banyan_events_held", 4, prometheus.Labels{"consumer": "cellar", "state": "dead"})
	h.after(0)
	require.Equal(t, map[string]int64{"dead": 3}, h.figures("desk").Held)
}

func TestAMetricThatFailsCostsItsOwnFiguresAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.count(sql, 1, "module", "desk")
	h.registry.MustRegister(failing{})
	require.Error(t, h.Sample())
	h.at = h.at.Add(time.Second)
	h.count(sql, 7, "module", "desk")
	require.Error(t, h.Sample())
	require.InDelta(t, 7, h.figures("desk").Rates.Statements, 0)
}

// failing is a metric that can't be read.
type failing struct{}

func (failing) Describe(out chan<- *prometheus.Desc) { out <- noMetric() }

func (failing) Collect(out chan<- prometheus.Metric) {
	out <- prometheus.NewInvalidMetric(noMetric(), errors.New("out of order"))
}

func noMetric() *prometheus.Desc { return prometheus.NewDesc("broken", "Never there.", nil, nil) }

func TestAStartedSamplerSamplesEveryFiveSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		s := monitor.NewSampler(h.registry, time.Now, slog.New(slog.DiscardHandler))
		h.count(sql, 1, "module", "desk")
		require.NoError(t, s.Start(t.Context()))
		synctest.Wait()
		h.count(sql, 50, "module", "desk")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		s.Stop()
		h.count(sql, 1000, "module", "desk")
		time.Sleep(time.Minute) // nobody looks any more
		m, _ := monitor.NewProcess(library(), s, nil, slog.New(slog.DiscardHandler)).Document(t.Context()).Find("desk")
		require.InDelta(t, 5, m.Live.Rates.Seconds, 0)
		require.InDelta(t, 10, m.Live.Rates.Statements, 0)
	})
}
