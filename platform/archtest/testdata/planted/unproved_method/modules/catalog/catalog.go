package catalog

import (
	"context"
	"net/url"
	"time"

	"example.com/shop/platform/event"
	"example.com/shop/platform/id"
	"example.com/shop/platform/module"
)

type ProductID id.UUID

type Product struct {
	ID    ProductID
	Image string
	Added time.Time
}

func (p Product) Pictured() bool {
	_, err := url.Parse(p.Image)
	return err == nil
}

type Level string

type Service interface { // want: no test of its wiring calls Reserve
	Reserve(ctx context.Context, sku string) (Product, error)
}

type StockChanged struct{ SKU string }

func (StockChanged) EventType() event.Type {
	return event.Type{Name: "catalog.stock_changed", Version: 1}
}

const AggregateType = "stock"

const reservations = "POST /v1/reservations"

func Manifest() module.Manifest {
	return module.Manifest{
		Name:      "catalog",
		Aggregate: AggregateType,
		Publishes: []event.Definition{event.Define(StockChanged{SKU: "A"})},
		Listens:   []string{"order.placed", "order.cancelled", "order.closed"}, // events may go both ways
		Routes:    []string{"GET /v1/products", reservations},
		Tables:    []string{"product", "stock", "idempotency"},
	}
}
