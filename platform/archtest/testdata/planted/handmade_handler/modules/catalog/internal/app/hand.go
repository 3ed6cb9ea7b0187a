package app

import (
	"context"

	"example.com/shop/modules/order"
	"example.com/shop/platform/bus"
	"example.com/shop/platform/event"
	"example.com/shop/platform/sqldb"
)

type handler = bus.Handler

func (a *App) byHand(given func(context.Context, *sqldb.Tx, event.Definition, order.Cancelled) error) bus.Subscription {
	on := bus.On[order.Closed] // want: takes bus.On or bus.OnSet as a value
	var empty handler          // want: makes a bus.Handler by hand
	list := []bus.Handler{
		{Type: event.Type{Name: "order.placed"}}, // want: makes a bus.Handler by hand
		on(a.closed),
		anything(a.closed),
		bus.Handmade("order.placed"), // want: has a bus.Handler made by bus.Handmade
		bus.OnSet(either, nil),       // want: makes a handler whose event can't be read
		bus.On(given),
		bus.On(a.find()),                     // want: makes a handler whose event can't be read
		bus.On(map[string]closing{}["late"]), // want: makes a handler whose event can't be read
	}
	return bus.Subscription{
		Consumer: order.Manifest().Name, // want: under a name that is not seen to be "catalog"
		Handlers: append(list, empty),
	}
}

type closing func(context.Context, *sqldb.Tx, event.Definition, order.Closed) error

func anything[E event.Event](f func(context.Context, *sqldb.Tx, event.Definition, E) error) bus.Handler {
	return bus.On(f) // want: makes a handler whose event can't be read
}

func (a *App) find() any { return a.closed }

func late() (s bus.Subscription) { // want: makes a bus.Subscription by hand
	s.Consumer = "order"
	return s
}
