package app

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/internal/core"
	"github.com/banyan-commerce/banyan/modules/payment/internal/store"
	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Subscription is all that payment hears.
func (a *App) Subscription() bus.Subscription {
	return bus.Subscription{Consumer: payment.Manifest().Name, Schema: a.db, Handlers: []bus.Handler{
		bus.On(a.placed), bus.On(a.requested), bus.On(a.cancelled), bus.On(a.expired), bus.On(a.shipped),
	}}
}

func (a *App) placed(ctx context.Context, tx *sqldb.Tx, _ event.Envelope, e order.Placed) error {
	return a.attempt(ctx, tx, e.OrderID, e.Payment)
}

func (a *App) requested(ctx context.Context, tx *sqldb.Tx, _ event.Envelope, e order.PaymentRequested) error {
	return a.attempt(ctx, tx, e.OrderID, e.Payment)
}

func (a *App) cancelled(ctx context.Context, tx *sqldb.Tx, _ event.Envelope, e order.Cancelled) error {
	return a.ended(ctx, tx, e.OrderID)
}

func (a *App) expired(ctx context.Context, tx *sqldb.Tx, _ event.Envelope, e order.Expired) error {
	return a.ended(ctx, tx, e.OrderID)
}

// attempt records an attempt and the call of the provider that it wants. An order's events come in
// its order, so that none of its attempts is heard of after its end.
func (a *App) attempt(ctx context.Context, tx *sqldb.Tx, orderID order.ID, wanted order.PaymentAttempt) error {
	proposed := core.Attempt{
		ID: payment.ID{UUID: wanted.PaymentID}, OrderID: orderID.UUID, Method: wanted.Method,
		Token: wanted.Token, Amount: wanted.Amount, Provider: a.provider.Name(),
	}
	err := a.begin(ctx, tx, core.Begin(proposed, a.now()))
	if sqldb.IsDuplicate(err) {
		return a.collided(ctx, tx, proposed)
	}
	return err
}

// collided tells an attempt that was heard of before from a second one beside a live one. The second
// is declined, so that it charges nobody and the order does not wait for it.
func (a *App) collided(ctx context.Context, tx *sqldb.Tx, proposed core.Attempt) error {
	known, err := store.Exists(ctx, tx, proposed.ID)
	if err != nil || known {
		return err
	}
	return a.begin(ctx, tx, core.Refuse(proposed, "attempt_in_progress",
		"Another payment for this order is under way or done.", a.now()))
}

func (a *App) ended(ctx context.Context, tx *sqldb.Tx, orderID order.ID) error {
	attempt, found, err := store.LockLive(ctx, tx, orderID.UUID)
	if err != nil || !found {
		return err
	}
	return a.advance(ctx, tx, attempt, attempt.OrderEnded(id.New(), a.now()))
}

// shipped returns core.ErrUnpaid for goods that leave without money: the event is parked, and stays so
// until an operator has looked at it.
func (a *App) shipped(ctx context.Context, tx *sqldb.Tx, _ event.Envelope, e shipping.Shipped) error {
	if err := a.take(ctx, tx, e.OrderID); err != nil {
		return fmt.Errorf("capture for shipment %s of order %s: %w", e.ShipmentID, e.OrderID, err)
	}
	return nil
}

func (a *App) take(ctx context.Context, tx *sqldb.Tx, orderID id.UUID) error {
	attempt, found, err := store.LockLive(ctx, tx, orderID)
	if err != nil {
		return err
	}
	if !found {
		return core.ErrUnpaid
	}
	ledgers, err := store.Ledgers(ctx, tx, attempt.ID)
	if err != nil {
		return err
	}
	step, err := attempt.Shipped(ledgers[attempt.ID], id.New(), a.now())
	if err != nil {
		return err
	}
	return a.advance(ctx, tx, attempt, step)
}
