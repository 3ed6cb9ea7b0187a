package app

import (
	"context"

	own "example.com/shop/modules/billing"
	stock "example.com/shop/modules/catalog"
	. "example.com/shop/modules/order"
	queue "example.com/shop/platform/bus"
	"example.com/shop/platform/event"
	"example.com/shop/platform/id"
	"example.com/shop/platform/sqldb"
)

type changed = stock.StockChanged

type Hearer struct{ inner }

type inner struct{}

func (inner) cancelled(context.Context, *sqldb.Tx, event.Definition, Cancelled) error { return nil }

func (inner) placed(context.Context, *sqldb.Tx, event.Definition, *Placed) error { return nil }

type other struct{}

func (other) cancelled(context.Context, *sqldb.Tx, event.Definition, *Placed) error { return nil }

type shop struct{ hearer *Hearer }

func handlers(s shop, h *Hearer) []queue.Handler {
	state := own.Billed{}
	_ = state
	told := h.cancelled
	return []queue.Handler{
		queue.On(h.placed),
		queue.On(h.cancelled),        // want: handles order.cancelled
		queue.On(s.hearer.cancelled), // want: handles order.cancelled
		queue.On(told),               // want: handles order.cancelled
		queue.On(make()),             // want: handles catalog.stock_changed
		queue.OnSet(key, nil),        // want: handles catalog.stock_changed
		queue.On[changed](nil),       // want: handles catalog.stock_changed
		queue.On(func(_ context.Context, _ *sqldb.Tx, _ event.Definition, fact own.Billed) error { return nil }), // want: handles billing.billed
	}
}

func make() func(context.Context, *sqldb.Tx, event.Definition, changed) error { return nil }

func key(fact changed) id.UUID { return id.UUID{} }
