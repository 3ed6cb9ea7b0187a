package app

import (
	"context"
	"errors"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/core"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/store"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Subscription is all that shipping hears.
func (a *App) Subscription() bus.Subscription {
	return bus.Subscription{
		Consumer: shipping.Manifest().Name, Schema: a.db,
		Handlers: []bus.Handler{bus.On(a.confirmed), bus.On(a.cancelRequested)},
	}
}

// confirmed creates the shipment. An order that has one, or the tombstone of one, gets no other.
func (a *App) confirmed(ctx context.Context, tx *sqldb.Tx, _ event.Envelope, e order.Confirmed) error {
	s := core.Shipment{
		ID: shipping.ID{UUID: id.New()}, OrderID: e.OrderID.UUID, OrderNumber: e.Number,
		ShipTo: core.Address(e.ShipTo), Lines: make([]core.Line, len(e.Lines)),
	}
	for i, l := range e.Lines {
		s.Lines[i] = core.Line(l)
	}
	err := a.begin(ctx, tx, core.Create(s, a.now()))
	if sqldb.IsDuplicate(err) {
		return nil
	}
	return err
}

// cancelRequested answers whether the parcel can still be stopped.
func (a *App) cancelRequested(ctx context.Context, tx *sqldb.Tx, _ event.Envelope, e order.CancelRequested) error {
	s, err := store.LockOfOrder(ctx, tx, e.OrderID.UUID)
	switch {
	case errors.Is(err, shipping.ErrNotFound):
		return a.begin(ctx, tx, core.Bury(shipping.ID{UUID: id.New()}, e.OrderID.UUID, a.now()))
	case err != nil:
		return err
	}
	return a.advance(ctx, tx, s, s.Cancel(a.now()))
}
