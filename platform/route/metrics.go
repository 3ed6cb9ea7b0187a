package route

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics count by module and by operation, which both come from manifests.
type metrics struct {
	requests *prometheus.CounterVec
	calls    *prometheus.CounterVec
	share    *prometheus.GaugeVec
	returns  *prometheus.CounterVec
	shadows  *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "banyan_route_requests_total",
			Help: "Requests by module, by where they went (here, away) and how that ended (ok, failed).",
		}, []string{"module", "side", "result"}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "banyan_route_calls_total",
			Help: "Calls of contracts whose module has a share, by where they went (here, away) and how that ended (ok, failed).",
		}, []string{"module", "method", "side", "result"}),
		share: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "banyan_route_share_percent", Help: "Part of a module's requests and calls that goes to its other process.",
		}, []string{"module"}),
		returns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "banyan_route_returns_total", Help: "How often a guard of this process has set a module's share to 0.",
		}, []string{"module"}),
		shadows: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "banyan_route_shadows_total",
			Help: "Answers that both sides were asked for, by operation and result: same, different, failed (the other gave none), dropped (too many).",
		}, []string{"module", "operation", "result"}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.calls, m.share, m.returns, m.shadows} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics of routes: %w", err)
		}
	}
	return m, nil
}
