package payment

import (
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/module"
)

// Manifest says what the module is made of and whom it depends on.
func Manifest() module.Manifest {
	return module.Manifest{
		Name:      "payment",
		Owner:     "@banyan-commerce/payment",
		Calls:     []string{},
		Aggregate: AggregateType,
		Publishes: []event.Definition{
			event.Define(sampleAuthorized()), event.Define(sampleCaptured()), event.Define(sampleDeclined()), event.Define(sampleVoided()),
		},
		Listens: []string{
			"order.placed", "order.payment_requested", "order.cancelled", "order.expired",
			"shipping.shipped",
		},
		Routes: []string{"GET /v1/payments", "GET /v1/payments/{id}"},
		Tables: []string{"payment", "ledger_entry"},
	}
}
