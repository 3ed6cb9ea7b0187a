package app

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/store"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Cancel ends a pending order at once and asks shipping about a confirmed one. Asked again it answers
// the order as it stands. It returns order.ErrNotFound, order.ErrInvalid or order.ErrNotCancellable.
func (a *Orders) Cancel(ctx context.Context, caller access.Caller, id order.ID, reason string) (core.View, error) {
	if err := a.admit(caller, id); err != nil {
		return core.View{}, err
	}
	if faults := core.ReasonFaults(reason); len(faults) > 0 {
		return core.View{}, order.ErrInvalid.WithFields(faults...)
	}
	err := sqldb.InTx(ctx, a.db, func(tx *sqldb.Tx) error {
		o, err := store.Lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if o.Status == core.Cancelling || o.Status == core.Cancelled {
			return nil
		}
		why := core.Reason{Cause: "cancel", Actor: caller.Name(), Note: reason}
		return a.stop(ctx, tx, &o, core.CancelAsked, why)
	})
	if err != nil {
		return core.View{}, fmt.Errorf("cancel order %s: %w", id, err)
	}
	return a.view(ctx, id)
}

// stop cancels a locked order, or asks shipping whether that is still possible. It returns
// order.ErrNotCancellable.
func (a *Orders) stop(ctx context.Context, tx *sqldb.Tx, o *core.Order, t core.Trigger, why core.Reason) error {
	to, ok := o.Status.Next(t)
	if !ok {
		return order.ErrNotCancellable
	}
	o.CancelReason = why.Note
	var fact event.Event = order.Cancelled{OrderID: o.ID, Reason: why.Note}
	if to == core.Cancelling {
		fact = order.CancelRequested{OrderID: o.ID, Reason: why.Note}
	}
	return a.transition(ctx, tx, o, to, why, fact)
}
