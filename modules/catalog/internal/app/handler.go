package app

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/store"
	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Subscription is what the catalog hears. Every effect depends on the state that a promise is in, so
// that hearing a fact twice, or facts of two modules in either order, gives or takes once.
func (a *App) Subscription() bus.Subscription {
	return bus.Subscription{
		Consumer: catalog.Manifest().Name,
		Schema:   a.db,
		Handlers: []bus.Handler{
			bus.On(a.onPlaced), bus.On(a.onConfirmed), bus.On(a.onCancelled), bus.On(a.onExpired),
			bus.On(a.onShipped),
		},
	}
}

// errNoReservation: an order's stock was never asked for here, which no order does.
var errNoReservation = fault.New(fault.Internal, "reservation_missing", "The order has no reservation.")

// onPlaced claims the hold: from here on it ends by the order's word alone. A hold that ran out
// before the order was heard of is held again if the stock is there.
func (a *App) onPlaced(ctx context.Context, tx *sqldb.Tx, _ event.Envelope, fact order.Placed) error {
	n, err := store.ClaimHeld(ctx, tx, fact.OrderID.UUID)
	if err != nil {
		return fmt.Errorf("claim hold of order %s: %w", fact.OrderID, err)
	}
	if n == int64(len(fact.Lines)) {
		return nil
	}
	if err := store.Claim(ctx, tx, fact.OrderID.UUID); err != nil {
		return fmt.Errorf("claim hold of order %s: %w", fact.OrderID, err)
	}
	promises, err := lockPromises(ctx, tx, fact.OrderID.UUID)
	if err != nil {
		return err
	}
	return a.secure(ctx, tx, fact.OrderID.UUID, lapsed(promises), core.Held)
}

// onConfirmed turns the hold into an allocation. What is not held whole is looked at line by line:
// parcels may have left already, and late money may confirm an order whose stock was given back.
func (a *App) onConfirmed(ctx context.Context, tx *sqldb.Tx, _ event.Envelope, fact order.Confirmed) error {
	n, err := store.Allocate(ctx, tx, fact.OrderID.UUID)
	if err != nil {
		return fmt.Errorf("allocate stock of order %s: %w", fact.OrderID, err)
	}
	if n == int64(len(fact.Lines)) {
		return store.ApplyChanges(ctx, tx, allocated(fact.Lines))
	}
	promises, err := lockPromises(ctx, tx, fact.OrderID.UUID)
	if err != nil {
		return err
	}
	if n > 0 {
		// Nothing but this fact allocates, so what is allocated now was held just before.
		promises = asHeld(promises)
		// Should the stock of the other lines be lost, these stay held, as the stock says.
		if err := store.SavePromises(ctx, tx, fact.OrderID.UUID, promises); err != nil {
			return err
		}
	}
	return a.secure(ctx, tx, fact.OrderID.UUID, promises, core.Allocated)
}

func allocated(lines []order.Line) []core.Change {
	changes := make([]core.Change, len(lines))
	for i, l := range lines {
		changes[i] = core.Change{SKU: l.SKU, Held: -l.Quantity, Allocated: l.Quantity}
	}
	return core.Changes(changes)
}

func asHeld(promises []core.Promise) []core.Promise {
	for i := range promises {
		if promises[i].State == core.Allocated {
			promises[i].State = core.Held
		}
	}
	return promises
}

func lockPromises(ctx context.Context, tx *sqldb.Tx, orderID id.UUID) ([]core.Promise, error) {
	promises, err := store.LockPromises(ctx, tx, orderID)
	if err == nil && len(promises) == 0 {
		err = fmt.Errorf("order %s: %w", orderID, errNoReservation)
	}
	return promises, err
}

// secure brings promises to a state in which stock is kept, or tells that the stock is lost. All of
// the lines get their pieces, or none.
func (a *App) secure(ctx context.Context, tx *sqldb.Tx, orderID id.UUID, promises []core.Promise, to core.State) error {
	moved, changes := core.Move(promises, to)
	if len(moved) == 0 {
		return nil
	}
	stock, err := store.LockStock(ctx, tx, skusIn(changes))
	if err != nil {
		return err
	}
	if len(core.Shortages(needed(changes), stock)) > 0 {
		return a.lose(ctx, tx, orderID)
	}
	if err := store.SavePromises(ctx, tx, orderID, moved); err != nil {
		return err
	}
	return store.ApplyChanges(ctx, tx, changes)
}

// lapsed are the promises for which no stock is kept any more.
func lapsed(promises []core.Promise) []core.Promise {
	var out []core.Promise
	for _, p := range promises {
		if p.State == core.Expired || p.State == core.Released {
			out = append(out, p)
		}
	}
	return out
}

func skusIn(changes []core.Change) []string {
	skus := make([]string, len(changes))
	for i, c := range changes {
		skus[i] = c.SKU
	}
	return skus
}

// needed is what the changes take from what is available; a hold that becomes an allocation takes
// nothing.
func needed(changes []core.Change) []core.Need {
	var needs []core.Need
	for _, c := range changes {
		if take := c.Held + c.Allocated; take > 0 {
			needs = append(needs, core.Need{SKU: c.SKU, Quantity: take})
		}
	}
	return needs
}

func (a *App) lose(ctx context.Context, tx *sqldb.Tx, orderID id.UUID) error {
	version, err := store.RaiseVersion(ctx, tx, orderID)
	if err != nil {
		return err
	}
	of := event.Aggregate{Type: catalog.AggregateType, ID: orderID, Version: version}
	return a.pub.Publish(ctx, tx, of, catalog.ReservationLost{OrderID: orderID})
}

func (a *App) onCancelled(ctx context.Context, tx *sqldb.Tx, _ event.Envelope, fact order.Cancelled) error {
	return release(ctx, tx, fact.OrderID.UUID)
}

func (a *App) onExpired(ctx context.Context, tx *sqldb.Tx, _ event.Envelope, fact order.Expired) error {
	return release(ctx, tx, fact.OrderID.UUID)
}

// release gives back what is still kept for an order.
func release(ctx context.Context, tx *sqldb.Tx, orderID id.UUID) error {
	promises, err := store.LockPromises(ctx, tx, orderID)
	if err != nil {
		return err
	}
	moved, changes := core.Move(promises, core.Released)
	if err := store.SavePromises(ctx, tx, orderID, moved); err != nil {
		return err
	}
	return store.ApplyChanges(ctx, tx, changes)
}

// onShipped takes the parcel's pieces off the stock, also when order.confirmed has not been heard
// yet: what two modules state has no order.
func (a *App) onShipped(ctx context.Context, tx *sqldb.Tx, _ event.Envelope, fact shipping.Shipped) error {
	promises, err := store.LockPromises(ctx, tx, fact.OrderID)
	if err != nil {
		return err
	}
	parcel := parcelOf(fact.Lines)
	moved, changes, err := core.Ship(promises, parcel)
	if err != nil {
		return fmt.Errorf("shipment %s: %w", fact.ShipmentID, err)
	}
	if err := store.SavePromises(ctx, tx, fact.OrderID, moved); err != nil {
		return err
	}
	moves := make([]store.Movement, len(parcel))
	for i, n := range parcel {
		moves[i] = store.Movement{SKU: n.SKU, Quantity: -n.Quantity}
	}
	if err := store.InsertMovements(ctx, tx, moves, store.ReasonShipped, fact.ShipmentID.String(), a.now()); err != nil {
		return err
	}
	return store.ApplyChanges(ctx, tx, changes)
}

func parcelOf(lines []shipping.Line) []core.Need {
	asked := make([]catalog.ReserveLine, len(lines))
	for i, l := range lines {
		asked[i] = catalog.ReserveLine(l)
	}
	return core.Needs(asked)
}
