package bus

import (
	"math"
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
	bytes     *prometheus.CounterVec
	age       *prometheus.HistogramVec
}

func newMetrics(registry prometheus.Registerer) *metrics {
	m := &metrics{
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "banyan_events_total", Help: "Events taken, by consumer, type and result (done, held).",
		}, []string{"consumer", "type", "result"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "banyan_event_latency_seconds", Help: "From an event's statement to its effect's commit.",
			Buckets: prometheus.ExponentialBuckets(0.00025, math.Sqrt2, 40), // 0.25 ms to 3 min, so close that quantiles can be read
		}, []string{"consumer", "type"}),
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
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "banyan_event_bytes_total", Help: "What they are as they are stored, payload and headers.",
		}, []string{"module", "type"}),
		age: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "banyan_aggregate_age_seconds", Help: "From the making of an aggregate's ID to the commit of a fact about it.",
			Buckets: prometheus.ExponentialBuckets(0.0005, math.Sqrt2, 40), // 0.5 ms to 6 min
		}, []string{"module", "type"}),
	}
	registry.MustRegister(m.events, m.latency, m.parked, m.published, m.bytes, m.age, m.takeOver)
	return m
}

func (m *metrics) taken(consumer string, e event.Envelope, result string, now time.Time) {
	m.events.WithLabelValues(consumer, e.Type.Name, result).Inc()
	m.latency.WithLabelValues(consumer, e.Type.Name).Observe(now.Sub(e.OccurredAt).Seconds())
}

// stated counts an event whose transaction has committed. An aggregate whose ID does not say when it was made
// has no age.
func (m *metrics) stated(module string, of event.Aggregate, name string, bytes int, now time.Time) {
	m.published.WithLabelValues(module, name).Inc()
	m.bytes.WithLabelValues(module, name).Add(float64(bytes))
	if made, known := of.ID.Time(); known {
		m.age.WithLabelValues(module, name).Observe(now.Sub(made).Seconds())
	}
}

func (m *metrics) held(consumer string, counts []heldCount) {
	for _, state := range []string{retry, behind, dead} {
		m.parked.WithLabelValues(consumer, state).Set(0)
	}
	for _, c := range counts {
		m.parked.WithLabelValues(consumer, c.State).Set(float64(c.N))
	}
}
