package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/store"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const placeRoute = "POST /v1/orders"

// Place reserves stock and writes the order. A repeated key answers the order as it stands now.
//
// It returns order.ErrInvalid, order.ErrKeyReused, order.ErrKeyInUse and what catalog's Reserve does;
// field locations in them are relative to the request.
func (a *Orders) Place(ctx context.Context, caller access.Caller, key string, p core.Placement) (core.View, error) {
	p = p.Normalised()
	if faults := p.Faults(); len(faults) > 0 {
		return core.View{}, order.ErrInvalid.WithFields(faults...)
	}
	in, err := newIntent(scopeOf(caller, p.Customer), placeRoute, key, p.Fingerprint())
	if err != nil {
		return core.View{}, err
	}
	o, err := a.place(ctx, caller, in, p)
	if err != nil {
		return a.replay(ctx, in, fmt.Errorf("place order: %w", err))
	}
	return core.NewView(o, nil, nil), nil
}

// place asks for the stock first: what it answers is remembered by catalog under the key, so that a
// crash between the two transactions, and a repetition after it, hold nothing twice.
func (a *Orders) place(ctx context.Context, caller access.Caller, in store.Intent, p core.Placement) (core.Order, error) {
	held, err := a.catalog.Reserve(ctx, a.reserveRequest(in, p))
	if err != nil {
		return core.Order{}, err
	}
	o := a.draft(p, held)
	entry := o.Enter(core.PendingPayment, core.Reason{Cause: "placed", Actor: caller.Name()}, o.CreatedAt)
	one := &placing{intent: in, order: o, entry: entry, token: p.Payment.Token}
	if err := a.placings.Do(ctx, one); err != nil {
		return core.Order{}, err
	}
	return one.order, nil
}

// placing is an order on its way into the database.
type placing struct {
	intent store.Intent
	order  core.Order
	entry  core.Entry
	token  string
}

// write writes orders that are placed at the same time, in the order of their keys: two processes that
// have the same requests wait for each other in one order.
func (a *Orders) write(ctx context.Context, tx *sqldb.Tx, batch []*placing) error {
	batch = slices.SortedFunc(slices.Values(batch), func(a, b *placing) int {
		return cmp.Or(cmp.Compare(a.intent.Caller, b.intent.Caller), cmp.Compare(a.intent.Key, b.intent.Key))
	})
	claims := make([]store.Claim, len(batch))
	for i, one := range batch {
		claims[i] = store.Claim{Intent: one.intent, OrderID: one.order.ID, At: one.order.CreatedAt}
	}
	if err := claim(ctx, tx, claims...); err != nil {
		return err
	}
	orders, err := a.insertNumbered(ctx, tx, batch)
	if err != nil {
		return err
	}
	if err := store.InsertLines(ctx, tx, orders); err != nil {
		return err
	}
	entries, facts := make([]core.Entry, len(batch)), make([]bus.Publication, len(batch))
	for i, one := range batch {
		entries[i] = one.entry
		facts[i] = bus.Publication{
			Of:    event.Aggregate{Type: order.AggregateType, ID: one.order.ID.UUID, Version: one.order.Version},
			Event: placed(one.order, one.token),
		}
	}
	if err := store.InsertFirstEntries(ctx, tx, orders, entries); err != nil {
		return err
	}
	return a.publish.PublishSet(ctx, tx, facts)
}

func (a *Orders) reserveRequest(in store.Intent, p core.Placement) catalog.ReserveRequest {
	lines := make([]catalog.ReserveLine, len(p.Lines))
	for i, l := range p.Lines {
		lines[i] = catalog.ReserveLine{SKU: l.SKU, Quantity: l.Quantity}
	}
	return catalog.ReserveRequest{
		Key: reserveKey(in), OrderID: id.New(), Lines: lines,
		Currency: p.Currency, ExpectedTotal: p.ExpectedTotal, HoldUntil: a.now().Add(a.hold),
	}
}

// draft is the order before it has a number.
func (a *Orders) draft(p core.Placement, held catalog.Reservation) core.Order {
	now := a.now()
	lines := make([]core.Line, len(held.Lines))
	for i, l := range held.Lines {
		lines[i] = core.Line{
			SKU: l.SKU, ProductID: l.ProductID.UUID, Name: l.Name,
			Quantity: l.Quantity, UnitPrice: l.UnitPrice, Total: l.Total,
		}
	}
	return core.Order{
		ID: order.ID{UUID: held.OrderID}, Version: 1, Total: held.Total,
		Customer: p.Customer, ShipTo: p.ShipTo, Lines: lines, Deadline: a.deadline(held, now),
		Attempt:   core.Attempt{ID: id.New(), Method: p.Payment.Method, State: core.InFlight},
		CreatedAt: now, UpdatedAt: now,
	}
}

// deadline is the end of the hold. A request that comes again after a crash may find one that has
// passed; it gets a new deadline, for catalog holds again what it can when it hears of the order.
func (a *Orders) deadline(held catalog.Reservation, now time.Time) time.Time {
	if held.HoldUntil.After(now) {
		return held.HoldUntil.UTC().Truncate(time.Microsecond)
	}
	return now.Add(a.hold)
}

const numbersTried = 5

var errNoNumber = errors.New("no free order number found")

// insertNumbered writes orders under numbers that no other has. An ID may be taken too: catalog remembers
// the key longer than this module did.
func (a *Orders) insertNumbered(ctx context.Context, tx *sqldb.Tx, batch []*placing) ([]core.Order, error) {
	orders := make([]core.Order, len(batch))
	for range numbersTried {
		for i, one := range batch {
			one.order.Number = a.number()
			orders[i] = one.order
		}
		err := store.InsertOrders(ctx, tx, orders)
		if !sqldb.IsDuplicate(err) {
			return orders, err
		}
		if len(batch) > 1 {
			return nil, err // which of them it is shows when each is alone
		}
		if _, err := store.Lock(ctx, tx, orders[0].ID); err == nil {
			return nil, order.ErrKeyReused
		}
	}
	return nil, errNoNumber
}

func placed(o core.Order, token string) order.Placed {
	return order.Placed{
		OrderID: o.ID, Number: o.Number, Lines: eventLines(o.Lines), Payment: attempt(o, token), Deadline: o.Deadline,
	}
}

func attempt(o core.Order, token string) order.PaymentAttempt {
	return order.PaymentAttempt{PaymentID: o.Attempt.ID, Amount: o.Total, Method: o.Attempt.Method, Token: token}
}

func eventLines(lines []core.Line) []order.Line {
	out := make([]order.Line, len(lines))
	for i, l := range lines {
		out[i] = order.Line{SKU: l.SKU, Name: l.Name, Quantity: l.Quantity}
	}
	return out
}
