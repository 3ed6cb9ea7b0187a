package billing

import (
	"example.com/shop/platform/event"
	"example.com/shop/platform/module"
)

type Billed struct{}

func (Billed) EventType() event.Type { return event.Type{Name: "billing.billed", Version: 1} }

type Paid struct{ Bill int64 }

func (*Paid) EventType() event.Type { return event.Type{Name: "billing.paid", Version: 1} }

type dunned struct{ Billed } // want: has the event dunned (billing.dunned)

func (dunned) EventType() event.Type { return event.Type{Name: "billing.dunned", Version: 1} }

type Strange struct{} // want: whose name can't be read from EventType

func (s Strange) EventType() event.Type {
	if s == (Strange{}) {
		return event.Type{Name: "billing.paid"}
	}
	return event.Type{Name: "billing.billed"}
}

func Manifest() module.Manifest {
	return module.Manifest{
		Name: "billing",
		Publishes: []event.Definition{
			event.Define(Billed{}), // want: publishes "billing.billed", and none of its code states that
			event.Define(&Paid{}),
			{Type: event.Type{Name: "billing.lost"}}, // want: publishes "billing.lost", and no type of its contract is that event
		},
	}
}
