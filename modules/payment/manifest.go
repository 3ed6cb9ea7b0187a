package payment

import (
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/module"
)

// Manifest says what the module is made of and whom it depends on.
func Manifest() module.Manifest {
	return module.Manifest{
		Name:  "payment",
		Calls: []string{},
		Publishes: []event.Definition{
			event.Define(Authorized{}), event.Define(Captured{}), event.Define(Declined{}), event.Define(Voided{}),
		},
		Listens: []string{
			"order.placed", "order.payment_requested", "order.cancelled", "order.expired",
			"shipping.shipped",
		},
		Routes: []string{"GET /v1/payments", "GET /v1/payments/{id}"},
		Tables: []string{"payment", "ledger_entry"},
	}
}
