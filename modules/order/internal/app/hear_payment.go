package app

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/store"
	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func (a *Orders) paymentAuthorized(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact payment.Authorized) error {
	return a.moneyCame(ctx, tx, e, core.Payment{
		ID: fact.PaymentID.UUID, OrderID: order.ID{UUID: fact.OrderID}, Method: fact.Method,
		State: core.PaymentAuthorised, Amount: fact.Amount, UpdatedAt: e.OccurredAt,
	})
}

func (a *Orders) paymentCaptured(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact payment.Captured) error {
	return a.moneyCame(ctx, tx, e, core.Payment{
		ID: fact.PaymentID.UUID, OrderID: order.ID{UUID: fact.OrderID}, Method: fact.Method,
		State: core.PaymentCaptured, Amount: fact.Amount, UpdatedAt: e.OccurredAt,
	})
}

// moneyCame: an amount was set aside or taken. It confirms the order if it is the total.
func (a *Orders) moneyCame(ctx context.Context, tx *sqldb.Tx, e event.Envelope, p core.Payment) error {
	o, err := store.LockWithLines(ctx, tx, p.OrderID)
	if err != nil {
		return err
	}
	if err := store.SavePayment(ctx, tx, p); err != nil {
		return err
	}
	why := core.Reason{Cause: e.Type.Name, Actor: e.Source}
	switch o.Weigh(p) {
	case core.Confirms:
		return a.confirm(ctx, tx, &o, p, why)
	case core.Differs:
		return a.differs(ctx, tx, &o, p, why)
	case core.Late:
		why.Note = fmt.Sprintf("%s came after the order had ended; payment gives it back.", p.Amount)
		o.Attempt = heard(o.Attempt, p, core.AttemptAuthorised)
		return a.record(ctx, tx, &o, why)
	case core.Second:
		why.Note = fmt.Sprintf("%s came by a second payment; the order is paid for already.", p.Amount)
		return a.record(ctx, tx, &o, why)
	case core.Expected:
	}
	return nil
}

func (a *Orders) confirm(ctx context.Context, tx *sqldb.Tx, o *core.Order, p core.Payment, why core.Reason) error {
	to, ok := o.Status.Next(core.Paid)
	if !ok {
		return fmt.Errorf("confirm order %s: it is %s", o.ID, o.Status)
	}
	o.Attempt = core.Attempt{ID: p.ID, Method: p.Method, State: core.AttemptAuthorised}
	return a.transition(ctx, tx, o, to, why, order.Confirmed{
		OrderID: o.ID, Number: o.Number, ShipTo: o.ShipTo, Lines: eventLines(o.Lines),
	})
}

// differs keeps the order from being confirmed by another amount than its total. Its attempt is over,
// so that the deadline ends the order, and payment gives back what it holds when it hears of that.
func (a *Orders) differs(ctx context.Context, tx *sqldb.Tx, o *core.Order, p core.Payment, why core.Reason) error {
	why.Note = fmt.Sprintf("%s came instead of %s: not confirmed; payment gives it back when the order ends.", p.Amount, o.Total)
	o.Attempt = heard(o.Attempt, p, core.AttemptDiffers)
	id, total := o.ID, o.Total
	tx.OnCommit(func() {
		a.log.Error("amount of a payment is not the order's total",
			slog.String("order", id.String()), slog.String("payment", p.ID.String()),
			slog.String("amount", p.Amount.String()), slog.String("total", total.String()))
	})
	return a.record(ctx, tx, o, why)
}

// heard is the attempt with the state that a payment's fact gives it, if the fact is of that attempt.
func heard(latest core.Attempt, p core.Payment, s core.AttemptState) core.Attempt {
	if latest.ID == p.ID {
		latest.State = s
	}
	return latest
}

func (a *Orders) paymentDeclined(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact payment.Declined) error {
	p := core.Payment{
		ID: fact.PaymentID.UUID, OrderID: order.ID{UUID: fact.OrderID}, Method: fact.Method,
		State: core.PaymentDeclined, Amount: fact.Amount, Code: fact.Code, Reason: fact.Reason, UpdatedAt: e.OccurredAt,
	}
	return a.noMoney(ctx, tx, e, p, core.AttemptDeclined, fact.Reason)
}

func (a *Orders) paymentVoided(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact payment.Voided) error {
	p := core.Payment{
		ID: fact.PaymentID.UUID, OrderID: order.ID{UUID: fact.OrderID}, Method: fact.Method,
		State: core.PaymentVoided, Amount: fact.Amount, UpdatedAt: e.OccurredAt,
	}
	return a.noMoney(ctx, tx, e, p, core.AttemptVoided, "The payment was voided.")
}

// noMoney: an attempt brought nothing. A pending order waits for another one until its deadline.
func (a *Orders) noMoney(
	ctx context.Context, tx *sqldb.Tx, e event.Envelope, p core.Payment, s core.AttemptState, note string,
) error {
	o, err := store.Lock(ctx, tx, p.OrderID)
	if err != nil {
		return err
	}
	if err := store.SavePayment(ctx, tx, p); err != nil {
		return err
	}
	if o.Attempt.ID != p.ID {
		return nil
	}
	o.Attempt.State = s
	return a.record(ctx, tx, &o, core.Reason{Cause: e.Type.Name, Actor: e.Source, Note: note})
}
