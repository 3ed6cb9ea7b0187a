package billing

import (
	"example.com/shop/platform/event"
	"example.com/shop/platform/module"
)

type Billed struct{ base }

type base struct{}

func (base) EventType() event.Type { return event.Type{Name: "billing.billed", Version: 1} }

func Manifest() module.Manifest {
	return module.Manifest{
		Name:      "billing",
		Publishes: []event.Definition{{Type: event.Type{Name: "billing.billed"}}},
		Listens: []string{
			"order.placed",
			"order.closed", // want: listens to "order.closed", and none of its code handles that
		},
	}
}
