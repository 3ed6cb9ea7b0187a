package app

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/store"
	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func (a *Orders) paymentAuthorized(ctx context.Context, tx *sqldb.Tx, set []bus.Fact[payment.Authorized]) error {
	return a.hearPayments(ctx, tx, paymentsOf(set, func(f payment.Authorized) core.Payment {
		return core.Payment{
			ID: f.PaymentID.UUID, OrderID: order.ID{UUID: f.OrderID}, Method: f.Method, State: core.PaymentAuthorised, Amount: f.Amount,
		}
	}), (*changes).moneyCame)
}

func (a *Orders) paymentCaptured(ctx context.Context, tx *sqldb.Tx, set []bus.Fact[payment.Captured]) error {
	return a.hearPayments(ctx, tx, paymentsOf(set, func(f payment.Captured) core.Payment {
		return core.Payment{
			ID: f.PaymentID.UUID, OrderID: order.ID{UUID: f.OrderID}, Method: f.Method, State: core.PaymentCaptured, Amount: f.Amount,
		}
	}), (*changes).moneyCame)
}

func (a *Orders) paymentDeclined(ctx context.Context, tx *sqldb.Tx, set []bus.Fact[payment.Declined]) error {
	return a.hearPayments(ctx, tx, paymentsOf(set, func(f payment.Declined) core.Payment {
		return core.Payment{
			ID: f.PaymentID.UUID, OrderID: order.ID{UUID: f.OrderID}, Method: f.Method, State: core.PaymentDeclined, Amount: f.Amount,
			Code: f.Code, Reason: f.Reason,
		}
	}), (*changes).declined)
}

func (a *Orders) paymentVoided(ctx context.Context, tx *sqldb.Tx, set []bus.Fact[payment.Voided]) error {
	return a.hearPayments(ctx, tx, paymentsOf(set, func(f payment.Voided) core.Payment {
		return core.Payment{
			ID: f.PaymentID.UUID, OrderID: order.ID{UUID: f.OrderID}, Method: f.Method, State: core.PaymentVoided, Amount: f.Amount,
		}
	}), (*changes).voided)
}

// paymentNews is what was heard of one payment.
type paymentNews struct {
	core.Payment

	why occasion
}

func paymentsOf[E event.Event](set []bus.Fact[E], of func(fact E) core.Payment) []paymentNews {
	news := make([]paymentNews, len(set))
	for i, f := range set {
		news[i] = paymentNews{Payment: of(f.Event), why: heard(f.Envelope)}
		news[i].UpdatedAt = f.Envelope.OccurredAt
	}
	return news
}

// hearPayments keeps what was heard of payments, each of another order, and lets decide say what it
// means for the order.
func (a *Orders) hearPayments(
	ctx context.Context, tx *sqldb.Tx, set []paymentNews, decide func(c *changes, o *store.Locked, p paymentNews),
) error {
	ids, payments := make([]order.ID, len(set)), make([]core.Payment, len(set))
	for i, p := range set {
		ids[i], payments[i] = p.OrderID, p.Payment
	}
	orders, err := store.LockWithLines(ctx, tx, ids)
	if err != nil {
		return err
	}
	if err := store.SavePayments(ctx, tx, payments); err != nil {
		return err
	}
	c := a.changesOf(tx, orders...)
	for i, o := range orders {
		decide(c, o, set[i])
	}
	return c.write(ctx)
}

// moneyCame: an amount was set aside or taken. It confirms the order if it is the total.
func (c *changes) moneyCame(o *store.Locked, p paymentNews) {
	switch o.Weigh(p.Payment) {
	case core.Confirms:
		c.confirm(o, p)
	case core.Differs:
		c.differs(o, p)
	case core.Late:
		o.Attempt = withState(o.Attempt, p, core.AttemptAuthorised)
		c.record(o, p.why.saying(fmt.Sprintf("%s came after the order had ended; payment gives it back.", p.Amount)))
	case core.Second:
		c.record(o, p.why.saying(fmt.Sprintf("%s came by a second payment; the order is paid for already.", p.Amount)))
	case core.Expected:
	}
}

// confirm is for a pending order: nothing else does Weigh let be confirmed.
func (c *changes) confirm(o *store.Locked, p paymentNews) {
	o.Attempt = core.Attempt{ID: p.ID, Method: p.Method, State: core.AttemptAuthorised}
	c.transition(o, core.Confirmed, p.why, order.Confirmed{
		OrderID: o.ID, Number: o.Number, ShipTo: o.ShipTo, Lines: eventLines(o.Lines),
	})
}

// differs keeps the order from being confirmed by another amount than its total. Its attempt is over,
// so that the deadline ends the order, and payment gives back what it holds when it hears of that.
func (c *changes) differs(o *store.Locked, p paymentNews) {
	o.Attempt = withState(o.Attempt, p, core.AttemptDiffers)
	c.record(o, p.why.saying(fmt.Sprintf(
		"%s came instead of %s: not confirmed; payment gives it back when the order ends.", p.Amount, o.Total)))
	c.tx.OnCommit(func() {
		c.app.log.Error("amount of a payment is not the order's total",
			slog.String("order", o.ID.String()), slog.String("payment", p.ID.String()),
			slog.String("amount", p.Amount.String()), slog.String("total", o.Total.String()))
	})
}

func (c *changes) declined(o *store.Locked, p paymentNews) {
	c.noMoney(o, p, core.AttemptDeclined, p.Reason)
}

func (c *changes) voided(o *store.Locked, p paymentNews) {
	c.noMoney(o, p, core.AttemptVoided, "The payment was voided.")
}

// noMoney: an attempt brought nothing. A pending order waits for another one until its deadline.
func (c *changes) noMoney(o *store.Locked, p paymentNews, s core.AttemptState, note string) {
	if o.Attempt.ID == p.ID {
		o.Attempt.State = s
		c.record(o, p.why.saying(note))
	}
}

// withState is the attempt with the state that a payment's fact gives it, if the fact is of that attempt.
func withState(latest core.Attempt, p paymentNews, s core.AttemptState) core.Attempt {
	if latest.ID == p.ID {
		latest.State = s
	}
	return latest
}
