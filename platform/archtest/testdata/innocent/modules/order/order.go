package order

import (
	"example.com/shop/platform/event"
	"example.com/shop/platform/id"
	"example.com/shop/platform/module"
)

type ID id.UUID

type Placed struct{ Order ID }

func (*Placed) EventType() event.Type { return event.Type{"order.placed", 1} }

type Cancelled struct{ Order ID }

func (Cancelled) EventType() event.Type { return event.Type{Name: "order.cancelled", Version: 1} }

func example() *Placed { return &Placed{} }

func Manifest() module.Manifest {
	return module.Manifest{
		Name:      "order",
		Calls:     []string{"catalog"},
		Aggregate: "order",
		Publishes: []event.Definition{event.Define(example()), event.Define(Cancelled{}), {Type: event.Type{Name: "order.closed"}}},
		Listens:   nil,
		Tables:    []string{"purchase_order", "order_line", "idempotency"},
	}
}
