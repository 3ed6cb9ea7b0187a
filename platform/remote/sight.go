package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sony/gobreaker/v2"
)

// alivePath is answered to everybody who can connect, and says nothing but that somebody is there.
const alivePath = "/healthz"

// Reach asks each address at which a module is called whether somebody is there. It returns an error that names
// those which nobody answers at. It spends no breaker's call: what it finds is told, and decides nothing.
func (p *Peers) Reach(ctx context.Context, module string) error {
	lines := p.lines[module]
	failures := make([]error, len(lines))
	var all sync.WaitGroup
	for i, l := range lines {
		all.Go(func() { failures[i] = l.reach(ctx) })
	}
	all.Wait()
	return errors.Join(failures...)
}

// reach takes any answer, since an older process refuses what it does not know.
func (l *line) reach(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.base+alivePath, http.NoBody)
	if err != nil {
		return fmt.Errorf("reach %s: %w", l.address, err)
	}
	answer, err := l.through.transport.RoundTrip(r)
	if err != nil {
		return fmt.Errorf("reach %s: %w", l.address, err)
	}
	if err := answer.Body.Close(); err != nil {
		return fmt.Errorf("reach %s: %w", l.address, err)
	}
	return nil
}

func breakerState() *prometheus.Desc {
	return prometheus.NewDesc("banyan_peer_breaker_state",
		"Whether an address of another process is called: 0, it is; 1, it rested, and the next call tries it; 2, it rests.",
		[]string{"module", "address"}, nil)
}

// Describe is prometheus.Collector.
func (p *Peers) Describe(out chan<- *prometheus.Desc) { out <- breakerState() }

// Collect is prometheus.Collector.
func (p *Peers) Collect(out chan<- prometheus.Metric) {
	for module, lines := range p.lines {
		for _, l := range lines {
			out <- prometheus.MustNewConstMetric(breakerState(), prometheus.GaugeValue, l.state(), module, l.address)
		}
	}
}

func (l *line) state() float64 {
	switch l.breaker.State() {
	case gobreaker.StateHalfOpen:
		return 1
	case gobreaker.StateOpen:
		return 2
	case gobreaker.StateClosed:
	}
	return 0
}
