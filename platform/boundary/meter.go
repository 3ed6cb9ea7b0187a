package boundary

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"runtime/pprof"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/platform/fault"
)

// Meter counts the calls that modules make of one another.
type Meter struct {
	now     func() time.Time
	log     *slog.Logger
	calls   *prometheus.CounterVec
	seconds *prometheus.HistogramVec
	again   *prometheus.CounterVec
	bytes   *prometheus.SummaryVec
}

// NewMeter registers its metrics. It returns the registry's error.
func NewMeter(now func() time.Time, log *slog.Logger, registry prometheus.Registerer) (*Meter, error) {
	m := &Meter{
		now: now, log: log,
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "banyan_calls_total",
			Help: "Calls of contracts, by caller, callee, method and result: ok, or the kind of the error.",
		}, []string{"caller", "callee", "method", "result"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "banyan_call_seconds",
			Help:    "Time that calls of contracts took.",
			Buckets: prometheus.ExponentialBuckets(0.00002, math.Sqrt2, 40), // 0.02 ms to 15 s, so close that quantiles can be read
		}, []string{"caller", "callee", "method"}),
		again: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "banyan_calls_repeated_total",
			Help: "Calls that were not the first of their kind in one piece of work (a request, a run of a handler or of a task): made in a loop, or one after another.",
		}, []string{"caller", "callee", "method"}),
		bytes: prometheus.NewSummaryVec(prometheus.SummaryOpts{
			Name: "banyan_call_bytes",
			Help: "What calls are as JSON, of one in 64, by part (request, answer).",
		}, []string{"caller", "callee", "method", "part"}),
	}
	for _, collector := range []prometheus.Collector{m.calls, m.seconds, m.again, m.bytes} {
		if err := registry.Register(collector); err != nil {
			return nil, fmt.Errorf("register metrics of calls: %w", err)
		}
	}
	return m, nil
}

// Callee is a module whose contract is called.
type Callee struct {
	meter  *Meter
	module string
	labels pprof.LabelSet
	edges  edges

	asked, answered atomic.Uint64 // calls that Weigh and Call have seen
}

// Callee makes the near end of a module's contract.
func (m *Meter) Callee(module string) *Callee {
	return &Callee{meter: m, module: module, labels: pprof.Labels(label, module)}
}

// Call runs one call of a contract: as the callee's work, counted for the caller whose work ctx is ("" if
// nobody's), and behind a fence. A panic of the callee becomes an error without a kind; any other error is
// answered as it is.
func Call[R any](ctx context.Context, to *Callee, method string, f func(ctx context.Context) (R, error)) (result R, err error) {
	m, caller, begin := to.meter, Module(ctx), to.meter.now()
	err = Fenced(ctx, m.log, func() (err error) {
		pprof.Do(ctx, to.labels, func(ctx context.Context) { result, err = f(ctx) })
		return err
	})
	e := to.edge(edgeName{caller, method, resultOf(err)})
	e.calls.Inc()
	e.seconds.Observe(m.now().Sub(begin).Seconds())
	if repeats(ctx, call{caller, to.module, method}) {
		m.again.WithLabelValues(caller, to.module, method).Inc()
	}
	if err == nil && sampled(&to.answered) {
		m.weigh(result, caller, to.module, method, "answer")
	}
	return result, err
}

func resultOf(err error) string {
	if err == nil {
		return "ok"
	}
	return string(fault.KindOf(err))
}
