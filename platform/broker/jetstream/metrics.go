package jetstream

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	connected *prometheus.GaugeVec
	published *prometheus.CounterVec
	delivered *prometheus.CounterVec
	unread    *prometheus.CounterVec
}

func newMetrics(registry prometheus.Registerer) *metrics {
	m := &metrics{
		connected: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "banyan_broker_connected", Help: "1 while there is a connection to the broker, by what it is for.",
		}, []string{"use"}),
		published: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "banyan_broker_published_total", Help: "Events handed to the broker, by publisher and result (stored, known, refused).",
		}, []string{"publisher", "result"}),
		delivered: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "banyan_broker_delivered_total", Help: "Events that the broker brought, by consumer, publisher and whether for the first time (first, again).",
		}, []string{"consumer", "publisher", "time"}),
		unread: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "banyan_broker_unreadable_total", Help: "Messages in a publisher's stream that are no events of it, left there and passed by.",
		}, []string{"consumer", "publisher"}),
	}
	registry.MustRegister(m.connected, m.published, m.delivered, m.unread)
	return m
}
