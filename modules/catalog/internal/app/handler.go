package app

import (
	"context"
	"errors"
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
			bus.OnSet(placedOrder, a.onPlaced), bus.OnSet(confirmedOrder, a.onConfirmed),
			bus.OnSet(cancelledOrder, a.onCancelled), bus.OnSet(expiredOrder, a.onExpired),
			bus.On(a.onShipped),
		},
	}
}

func placedOrder(fact order.Placed) id.UUID       { return fact.OrderID.UUID }
func confirmedOrder(fact order.Confirmed) id.UUID { return fact.OrderID.UUID }
func cancelledOrder(fact order.Cancelled) id.UUID { return fact.OrderID.UUID }
func expiredOrder(fact order.Expired) id.UUID     { return fact.OrderID.UUID }

func ordersOf[E event.Event](facts []bus.Fact[E], of func(fact E) id.UUID) []id.UUID {
	orders := make([]id.UUID, len(facts))
	for i, f := range facts {
		orders[i] = of(f.Event)
	}
	return orders
}

// errNoReservation: an order's stock was never asked for here, which no order does.
var errNoReservation = fault.New(fault.Internal, "reservation_missing", "The order has no reservation.")

// errOneByOne: some order of a set needs more than the statements that serve all of them. It parks
// nothing: the bus undoes the set and runs its events by themselves.
var errOneByOne = errors.New("not all orders of the set are in their usual state")

// onPlaced claims the holds: from here on they end by the order's word alone. An order has one promise
// per line and never more, so the sum of all lines is reached only when each of them was held.
func (a *App) onPlaced(ctx context.Context, tx *sqldb.Tx, facts []bus.Fact[order.Placed]) error {
	lines := 0
	for _, f := range facts {
		lines += len(f.Event.Lines)
	}
	n, err := store.ClaimHeld(ctx, tx, ordersOf(facts, placedOrder))
	switch {
	case err != nil:
		return fmt.Errorf("claim holds of %d orders: %w", len(facts), err)
	case n == int64(lines):
		return nil
	case len(facts) > 1:
		return errOneByOne
	}
	return a.claimLate(ctx, tx, facts[0].Event.OrderID.UUID)
}

// claimLate is for a hold that ran out before the order was heard of: it is held again if the stock is
// there.
func (a *App) claimLate(ctx context.Context, tx *sqldb.Tx, orderID id.UUID) error {
	if err := store.Claim(ctx, tx, orderID); err != nil {
		return fmt.Errorf("claim hold of order %s: %w", orderID, err)
	}
	promises, err := lockPromises(ctx, tx, orderID)
	if err != nil {
		return err
	}
	return a.secure(ctx, tx, orderID, lapsed(promises), core.Held)
}

// onConfirmed turns the holds into allocations; the stock, which many orders want, is changed last, by
// what they need together.
func (a *App) onConfirmed(ctx context.Context, tx *sqldb.Tx, facts []bus.Fact[order.Confirmed]) error {
	var lines []order.Line
	for _, f := range facts {
		lines = append(lines, f.Event.Lines...)
	}
	n, err := store.Allocate(ctx, tx, ordersOf(facts, confirmedOrder))
	switch {
	case err != nil:
		return fmt.Errorf("allocate stock of %d orders: %w", len(facts), err)
	case n == int64(len(lines)):
		return store.ApplyChanges(ctx, tx, allocated(lines))
	case len(facts) > 1:
		return errOneByOne
	}
	return a.allocateRest(ctx, tx, facts[0].Event.OrderID.UUID, n > 0)
}

// allocateRest is for an order that is not held whole. It is looked at line by line: parcels may have
// left already, and late money may confirm an order whose stock was given back.
func (a *App) allocateRest(ctx context.Context, tx *sqldb.Tx, orderID id.UUID, begun bool) error {
	promises, err := lockPromises(ctx, tx, orderID)
	if err != nil {
		return err
	}
	if begun {
		// Nothing but this fact allocates, so what is allocated now was held just before.
		promises = asHeld(promises)
		// Should the stock of the other lines be lost, these stay held, as the stock says.
		if err := store.SavePromises(ctx, tx, orderID, promises); err != nil {
			return err
		}
	}
	return a.secure(ctx, tx, orderID, promises, core.Allocated)
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

func (a *App) onCancelled(ctx context.Context, tx *sqldb.Tx, facts []bus.Fact[order.Cancelled]) error {
	return release(ctx, tx, ordersOf(facts, cancelledOrder))
}

func (a *App) onExpired(ctx context.Context, tx *sqldb.Tx, facts []bus.Fact[order.Expired]) error {
	return release(ctx, tx, ordersOf(facts, expiredOrder))
}

// release gives back what is still kept for the orders.
func release(ctx context.Context, tx *sqldb.Tx, orders []id.UUID) error {
	promises, err := store.LockPromisesOf(ctx, tx, orders)
	if err != nil {
		return err
	}
	moved, changes := core.Move(promises, core.Released)
	if len(moved) == 0 {
		return nil
	}
	if err := store.Release(ctx, tx, orders); err != nil {
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
