package billing

import (
	"example.com/shop/platform/event"
	"example.com/shop/platform/module"
)

type Billed struct{}

func (Billed) EventType() event.Type { return event.Type{Name: "billing.billed", Version: 1} }

func Manifest() module.Manifest {
	return module.Manifest{
		Name:      "billing",
		Publishes: []event.Definition{event.Define(Billed{})}, // want: no test of its contract calls eventtest.Golden
	}
}
