package tax

import (
	"example.com/shop/platform/event"
	"example.com/shop/platform/module"
)

type Taxed struct{}

func (Taxed) EventType() event.Type { return event.Type{Name: "order.placed", Version: 1} }

func Manifest() module.Manifest {
	return module.Manifest{
		Name:      "taxes",                                        // want: calls itself "taxes"
		Publishes: []event.Definition{event.Define(Taxed{})},      // want: "order.placed", which
		Routes:    []string{"GET /v1/bills", "GET /v1/products/"}, // want: "GET /v1/products/", which
	}
}
