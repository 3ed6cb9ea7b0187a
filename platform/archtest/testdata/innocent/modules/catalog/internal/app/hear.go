package app

import (
	"context"

	"example.com/shop/modules/catalog"
	sales "example.com/shop/modules/order"
	"example.com/shop/platform/bus"
	"example.com/shop/platform/event"
	"example.com/shop/platform/id"
	"example.com/shop/platform/sqldb"
)

type heard = sales.Cancelled

func (a *App) Subscription() bus.Subscription {
	closed := a.closed
	return bus.Subscription{Consumer: catalog.Manifest().Name, Handlers: append([]bus.Handler{
		bus.On(a.placed), bus.On(closed),
	}, a.more()...)}
}

func (a *App) more() []bus.Handler {
	return []bus.Handler{bus.OnSet(func(fact heard) id.UUID { return id.UUID(fact.Order) }, a.cancelled)}
}

func (a *App) placed(ctx context.Context, tx *sqldb.Tx, e event.Definition, fact *sales.Placed) error {
	return a.tell(catalog.StockChanged{})
}

func (a *App) closed(ctx context.Context, tx *sqldb.Tx, _ event.Definition, fact sales.Closed) error {
	return a.remember(fact.Status, sales.CustomerID{})
}

func (a *App) remember(how sales.Status, who sales.CustomerID) error { return nil }

func (a *App) cancelled(ctx context.Context, tx *sqldb.Tx, facts []bus.Fact[heard]) error {
	orders := make([]sales.ID, len(facts))
	for i, f := range facts {
		orders[i] = f.Event.Order
	}
	return nil
}

func (a *App) tell(fact event.Event) error { return nil }

// The text of an event that is heard, and a word that is none.
const (
	placed = "order.placed"
	own    = "catalog.stock_changed"
	near   = "order.place"
)
