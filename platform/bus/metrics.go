package bus

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/platform/event"
)

type metrics struct {
	events  *prometheus.CounterVec
	latency *prometheus.HistogramVec
	parked  *prometheus.GaugeVec

	published *prometheus.CounterVec
	takeOver  *prometheus.GaugeVec
}

func newMetrics(registry prometheus.Registerer) *metrics {
	m := &metrics{
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "banyan_events_total", Help: "Events taken, by consumer, type and result (done, held).",
		}, []string{"consumer", "type", "result"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "banyan_event_latency_seconds", Help: "From an event's statement to its effect's commit.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 18),
		}, []string{"consumer"}),
		parked: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "banyan_events_held", Help: "Events held, by consumer and state (retry, behind, dead).",
		}, []string{"consumer", "state"}),
		published: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "banyan_events_published_total", Help: "Events whose transaction has committed, by the module that stated them and type.",
		}, []string{"module", "type"}),
		takeOver: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "banyan_events_with_broker",
			Help: "1: a broker may still hold events of the module for a consumer that hears it in the same process. When all are 0, the broker is not needed.",
		}, []string{"module", "consumer"}),
	}
	registry.MustRegister(m.events, m.latency, m.parked, m.published, m.takeOver)
	return m
}

func (m *metrics) taken(consumer string, e event.Envelope, result string, now time.Time) {
	m.events.WithLabelValues(consumer, e.Type.Name, result).Inc()
	m.latency.WithLabelValues(consumer).Observe(now.Sub(e.OccurredAt).Seconds())
}

func (m *metrics) held(consumer string, counts []heldCount) {
	for _, state := range []string{retry, behind, dead} {
		m.parked.WithLabelValues(consumer, state).Set(0)
	}
	for _, c := range counts {
		m.parked.WithLabelValues(consumer, c.State).Set(float64(c.N))
	}
}
