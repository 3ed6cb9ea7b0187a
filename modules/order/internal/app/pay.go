package app

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/store"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// payRoute names the order, so that its keys are apart from those of all others.
const payRoute = "POST /v1/orders/%s/payments"

// RequestPayment begins another attempt to pay, after one that brought no money. A repeated key
// answers the order as it stands now.
//
// It returns order.ErrNotFound, order.ErrInvalid, order.ErrPaymentInFlight, order.ErrNotPayable,
// order.ErrKeyReused or order.ErrKeyInUse.
func (a *Orders) RequestPayment(
	ctx context.Context, caller access.Caller, orderID order.ID, key string, m core.Means,
) (core.View, error) {
	if err := a.admit(caller, orderID); err != nil {
		return core.View{}, err
	}
	if faults := m.Faults(); len(faults) > 0 {
		return core.View{}, order.ErrInvalid.WithFields(faults...)
	}
	in, err := newIntent(caller.Name(), fmt.Sprintf(payRoute, orderID), key, m.Fingerprint())
	if err != nil {
		return core.View{}, err
	}
	paymentID := id.New()
	err = sqldb.InTx(ctx, a.db, func(tx *sqldb.Tx) error {
		if err := claim(ctx, tx, store.Claim{Intent: in, OrderID: orderID, At: a.now()}); err != nil {
			return err
		}
		return a.payAgain(ctx, tx, orderID, core.Attempt{ID: paymentID, Method: m.Method, State: core.InFlight}, m.Token, caller.Name())
	})
	if err != nil {
		return a.replay(ctx, in, fmt.Errorf("pay for order %s: %w", orderID, err))
	}
	return a.view(ctx, orderID)
}

func (a *Orders) payAgain(ctx context.Context, tx *sqldb.Tx, orderID order.ID, next core.Attempt, token, actor string) error {
	why := occasion{Reason: core.Reason{Cause: "payment_requested", Actor: actor, Note: "Another attempt to pay: " + next.Method + "."}}
	return a.change(ctx, tx, orderID, func(c *changes, o *store.Locked) error {
		if err := o.PayAgain(c.at); err != nil {
			return err
		}
		o.Attempt = next
		c.transition(o, o.Status, why, order.PaymentRequested{OrderID: o.ID, Payment: attempt(o.Order, token)})
		return nil
	})
}
