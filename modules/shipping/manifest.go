package shipping

import (
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/module"
)

// Manifest says what the module is made of and whom it depends on.
func Manifest() module.Manifest {
	return module.Manifest{
		Name:      "shipping",
		Owner:     "@banyan-commerce/shipping",
		Calls:     []string{},
		Aggregate: AggregateType,
		Publishes: []event.Definition{
			event.Define(sampleCreated()), event.Define(samplePacked()), event.Define(sampleShipped()), event.Define(sampleDelivered()),
			event.Define(sampleStatusChanged()), event.Define(sampleCancelled()), event.Define(sampleCancelRefused()),
		},
		Listens: []string{"order.confirmed", "order.cancel_requested"},
		Routes: []string{
			"GET /v1/shipments", "GET /v1/shipments/{id}", "POST /v1/shipments/{id}/events",
		},
		Tables: []string{"shipment", "tracking_event"},
	}
}
