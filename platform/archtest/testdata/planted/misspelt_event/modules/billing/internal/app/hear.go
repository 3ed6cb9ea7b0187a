package app

import (
	"context"

	"example.com/shop/modules/order"
	"example.com/shop/platform/bus"
	"example.com/shop/platform/event"
	"example.com/shop/platform/sqldb"
)

func handlers() []bus.Handler {
	return []bus.Handler{bus.On(func(context.Context, *sqldb.Tx, event.Definition, *order.Placed) error { return nil })}
}
