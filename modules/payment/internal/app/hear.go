package app

import (
	"context"
	"errors"
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

// Subscription is all that payment hears. An order has one live attempt at a time, so that the order is
// the row that a fact concerns.
func (a *App) Subscription() bus.Subscription {
	return bus.Subscription{Consumer: payment.Manifest().Name, Schema: a.db, Handlers: []bus.Handler{
		bus.OnSet(func(e order.Placed) id.UUID { return e.OrderID.UUID }, a.placed),
		bus.OnSet(func(e order.PaymentRequested) id.UUID { return e.OrderID.UUID }, a.requested),
		bus.OnSet(func(e order.Cancelled) id.UUID { return e.OrderID.UUID }, a.cancelled),
		bus.OnSet(func(e order.Expired) id.UUID { return e.OrderID.UUID }, a.expired),
		bus.OnSet(func(e shipping.Shipped) id.UUID { return e.OrderID }, a.shipped),
	}}
}

// heard is a fact about an order.
type heard struct {
	orderID id.UUID
	wanted  order.PaymentAttempt // if the fact asks for one
	cause   event.Envelope
}

func each[E event.Event](facts []bus.Fact[E], read func(e E) heard) []heard {
	set := make([]heard, len(facts))
	for i, f := range facts {
		set[i] = read(f.Event)
		set[i].cause = f.Envelope
	}
	return set
}

func (a *App) placed(ctx context.Context, tx *sqldb.Tx, facts []bus.Fact[order.Placed]) error {
	return a.attempt(ctx, tx, each(facts, func(e order.Placed) heard {
		return heard{orderID: e.OrderID.UUID, wanted: e.Payment}
	}))
}

func (a *App) requested(ctx context.Context, tx *sqldb.Tx, facts []bus.Fact[order.PaymentRequested]) error {
	return a.attempt(ctx, tx, each(facts, func(e order.PaymentRequested) heard {
		return heard{orderID: e.OrderID.UUID, wanted: e.Payment}
	}))
}

func (a *App) cancelled(ctx context.Context, tx *sqldb.Tx, facts []bus.Fact[order.Cancelled]) error {
	return a.ended(ctx, tx, each(facts, func(e order.Cancelled) heard { return heard{orderID: e.OrderID.UUID} }))
}

func (a *App) expired(ctx context.Context, tx *sqldb.Tx, facts []bus.Fact[order.Expired]) error {
	return a.ended(ctx, tx, each(facts, func(e order.Expired) heard { return heard{orderID: e.OrderID.UUID} }))
}

// errCollision says that an attempt of a set is known, or has a live one beside it: alone it is refused.
var errCollision = errors.New("not all attempts of the set are the first of their orders")

// attempt records attempts and the calls of the provider that they want. An order's events come in its
// order, so that none of its attempts is heard of after its end.
func (a *App) attempt(ctx context.Context, tx *sqldb.Tx, set []heard) error {
	now := a.now()
	moves := make([]move, len(set))
	for i, h := range set {
		moves[i] = move{step: core.Begin(a.proposed(h), now), cause: h.cause}
	}
	err := a.begin(ctx, tx, moves)
	switch {
	case !sqldb.IsDuplicate(err):
		return err
	case len(set) > 1:
		return errCollision
	}
	return a.collided(ctx, tx, set[0])
}

func (a *App) proposed(h heard) core.Attempt {
	return core.Attempt{
		ID: payment.ID{UUID: h.wanted.PaymentID}, OrderID: h.orderID, Method: h.wanted.Method,
		Token: h.wanted.Token, Amount: h.wanted.Amount, Provider: a.provider.Name(),
	}
}

// collided tells an attempt that was heard of before from a second one beside a live one. The second
// is declined, so that it charges nobody and the order does not wait for it.
func (a *App) collided(ctx context.Context, tx *sqldb.Tx, h heard) error {
	proposed := a.proposed(h)
	known, err := store.Exists(ctx, tx, proposed.ID)
	if err != nil || known {
		return err
	}
	refusal := core.Refuse(proposed, "attempt_in_progress", "Another payment for this order is under way or done.", a.now())
	return a.begin(ctx, tx, []move{{step: refusal, cause: h.cause}})
}

func (a *App) ended(ctx context.Context, tx *sqldb.Tx, set []heard) error {
	attempts, err := store.LockLive(ctx, tx, ordersOf(set))
	if err != nil {
		return err
	}
	now := a.now()
	var moves []move
	for _, h := range set {
		if attempt, found := attempts[h.orderID]; found {
			moves = append(moves, move{before: attempt, step: attempt.OrderEnded(id.New(), now), cause: h.cause})
		}
	}
	return a.advance(ctx, tx, moves)
}

// shipped returns core.ErrUnpaid for goods that leave without money: the event is parked, and stays so
// until an operator has looked at it.
func (a *App) shipped(ctx context.Context, tx *sqldb.Tx, facts []bus.Fact[shipping.Shipped]) error {
	set := each(facts, func(e shipping.Shipped) heard { return heard{orderID: e.OrderID} })
	attempts, err := store.LockLive(ctx, tx, ordersOf(set))
	if err != nil {
		return err
	}
	ledgers, err := store.Ledgers(ctx, tx, attemptsOf(set, attempts)...)
	if err != nil {
		return err
	}
	now := a.now()
	moves := make([]move, len(set))
	for i, h := range set {
		attempt := attempts[h.orderID] // the zero attempt is not live
		step, err := attempt.Shipped(ledgers[attempt.ID], id.New(), now)
		if err != nil {
			return fmt.Errorf("capture for shipment %s of order %s: %w", facts[i].Event.ShipmentID, h.orderID, err)
		}
		moves[i] = move{before: attempt, step: step, cause: h.cause}
	}
	return a.advance(ctx, tx, moves)
}

func ordersOf(set []heard) []id.UUID {
	ids := make([]id.UUID, len(set))
	for i, h := range set {
		ids[i] = h.orderID
	}
	return ids
}

func attemptsOf(set []heard, of map[id.UUID]core.Attempt) []payment.ID {
	var ids []payment.ID
	for _, h := range set {
		if attempt, found := of[h.orderID]; found {
			ids = append(ids, attempt.ID)
		}
	}
	return ids
}
