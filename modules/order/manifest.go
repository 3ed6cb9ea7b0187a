package order

import (
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/module"
)

// Manifest says what the module is made of and whom it depends on.
func Manifest() module.Manifest {
	return module.Manifest{
		Name:      "order",
		Owner:     "@banyan-commerce/order",
		Calls:     []string{"catalog"},
		Aggregate: AggregateType,
		Publishes: []event.Definition{
			event.Define(samplePlaced()), event.Define(samplePaymentRequested()), event.Define(sampleConfirmed()),
			event.Define(sampleCancelRequested()), event.Define(sampleCancelRefused()), event.Define(sampleCancelled()),
			event.Define(sampleExpired()), event.Define(sampleDelivered()),
		},
		Listens: []string{
			"payment.authorized", "payment.captured", "payment.declined", "payment.voided",
			"shipping.created", "shipping.packed", "shipping.shipped", "shipping.delivered",
			"shipping.status_changed", "shipping.cancelled", "shipping.cancel_refused",
			"catalog.reservation_lost",
		},
		Routes: []string{
			"POST /v1/orders", "GET /v1/orders", "GET /v1/orders/{id}", "GET /v1/orders/{id}/timeline",
			"POST /v1/orders/{id}/cancel", "POST /v1/orders/{id}/payments",
		},
		Tables: []string{"orders", "order_line", "order_timeline", "order_payment", "order_shipment", "idempotency"},
	}
}
