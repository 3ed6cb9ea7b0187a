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
		Handlers: []bus.Handler{bus.OnSet(orderOf, a.confirmed), bus.On(a.cancelRequested)},
	}
}

func orderOf(e order.Confirmed) id.UUID { return e.OrderID.UUID }

// confirmed creates the shipments of orders. An order that has one, or the tombstone of one, gets no
// other: a set in which that happens, which is rare, is done one by one.
func (a *App) confirmed(ctx context.Context, tx *sqldb.Tx, set []bus.Fact[order.Confirmed]) error {
	steps := make([]answered, len(set))
	for i, f := range set {
		steps[i] = answered{Step: core.Create(shipmentFor(f.Event), a.now()), cause: f.Envelope}
	}
	err := a.begin(ctx, tx, steps...)
	if !sqldb.IsDuplicate(err) {
		return err
	}
	for _, s := range steps {
		if err := a.begin(ctx, tx, s); err != nil && !sqldb.IsDuplicate(err) {
			return err
		}
	}
	return nil
}

func shipmentFor(e order.Confirmed) core.Shipment {
	s := core.Shipment{
		ID: shipping.ID{UUID: id.New()}, OrderID: e.OrderID.UUID, OrderNumber: e.Number,
		ShipTo: core.Address(e.ShipTo), Lines: make([]core.Line, len(e.Lines)),
	}
	for i, l := range e.Lines {
		s.Lines[i] = core.Line(l)
	}
	return s
}

// cancelRequested answers whether the parcel can still be stopped.
func (a *App) cancelRequested(ctx context.Context, tx *sqldb.Tx, cause event.Envelope, e order.CancelRequested) error {
	s, err := store.LockOfOrder(ctx, tx, e.OrderID.UUID)
	switch {
	case errors.Is(err, shipping.ErrNotFound):
		tombstone := core.Bury(shipping.ID{UUID: id.New()}, e.OrderID.UUID, a.now())
		return a.begin(ctx, tx, answered{Step: tombstone, cause: cause})
	case err != nil:
		return err
	}
	return a.advance(ctx, tx, s, answered{Step: s.Cancel(a.now()), cause: cause})
}
