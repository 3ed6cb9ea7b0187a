package catalog

import (
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/module"
)

// Manifest says what the module is made of and whom it depends on.
func Manifest() module.Manifest {
	return module.Manifest{
		Name:      "catalog",
		Owner:     "@banyan-commerce/catalog",
		Calls:     []string{},
		Aggregate: AggregateType,
		Publishes: []event.Definition{
			event.Define(sampleReservationLost()),
		},
		Listens: []string{
			"order.placed", "order.confirmed", "order.cancelled", "order.expired",
			"shipping.shipped",
		},
		Routes: []string{
			"GET /v1/products", "GET /v1/products/{id}", "GET /v1/skus/{sku}", "GET /v1/categories",
			"PUT /v1/skus/{sku}/stock", "POST /v1/imports",
		},
		Tables: []string{
			"product", "product_term", "sku", "price", "category", "stock", "hold", "reservation", "stock_movement",
			"source_row",
		},
	}
}
