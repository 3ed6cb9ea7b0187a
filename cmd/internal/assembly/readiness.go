package assembly

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/migrations"
	"github.com/banyan-commerce/banyan/platform/directory/monitor"
	"github.com/banyan-commerce/banyan/platform/directory/readiness"
)

// confirmation is what a customer waits for: the stock is reserved, the order placed, its payment authorised,
// the order confirmed. What else hears of an order does not keep it. It is told by names, because a program
// that has the code of one module may not know the contracts of all of these.
func confirmation() readiness.Path {
	const placed = "order.placed"
	return readiness.Path{
		Name: "place -> confirmed", Begins: placed, Ends: "order.confirmed",
		Legs: []readiness.Leg{
			{From: "order", To: "catalog", Method: "Reserve"},
			{From: "order", To: "payment", Event: placed},
			{From: "payment", To: "order", Event: "payment.authorized"},
		},
	}
}

// newReadiness is called after the modules' constructors, as newServer is.
func newReadiness(_ Served, process *monitor.Process, setup Setup, schemas *schemaList, metrics *prometheus.Registry, now func() time.Time) *readiness.Desk {
	c := setup.Config
	settings := readiness.Settings{
		Broker: c.Broker != "", Users: c.DBSecret != "", Trust: c.PeerSecret != "" || c.PeerCert != "", OutboxMiB: c.OutboxMiB,
	}
	for _, m := range modules() {
		if c.Hosts(m.Name) {
			settings.Hosts = append(settings.Hosts, m.Name)
		}
		if m.remote != nil {
			settings.Clients = append(settings.Clients, m.Name)
		}
	}
	return readiness.NewDesk(readiness.Options{
		Process: process, Figures: metrics, Schemas: schemas.open, Scripts: migrations.FS, Settings: settings, Path: confirmation(), Now: now,
	})
}
