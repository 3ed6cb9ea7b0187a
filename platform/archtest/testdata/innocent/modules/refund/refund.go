package refund

import (
	"example.com/shop/platform/event"
	"example.com/shop/platform/module"
)

type Granted struct{ Cents int64 }

func (Granted) EventType() event.Type { return event.Type{Name: "refund.granted", Version: 1} }

// What it hears, calls, serves and keeps is in another repository, and so are those whom it hears and calls.
func Manifest() module.Manifest {
	return module.Manifest{
		Name:      "refund",
		Calls:     []string{"bank"},
		Publishes: []event.Definition{event.Define(Granted{Cents: 1})},
		Listens:   []string{"order.placed", "bank.closed"},
		Routes:    []string{"GET /v1/refunds"},
		Tables:    []string{"refund"},
	}
}
