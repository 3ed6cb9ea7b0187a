package app

import (
	"context"

	"example.com/shop/modules/order"
	"example.com/shop/platform/bus"
	"example.com/shop/platform/event"
	"example.com/shop/platform/sqldb"
)

type App struct{ orders order.Service }

func (a App) handlers() []bus.Handler { return []bus.Handler{bus.On(a.placed), bus.On(a.closed)} }

func (App) placed(context.Context, *sqldb.Tx, event.Definition, *order.Placed) error { return nil }

func (App) closed(context.Context, *sqldb.Tx, event.Definition, order.Closed) error { return nil }
