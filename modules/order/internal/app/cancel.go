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
	why := occasion{Reason: core.Reason{Cause: "cancel", Actor: caller.Name(), Note: reason}}
	err := sqldb.InTx(ctx, a.db, func(tx *sqldb.Tx) error {
		return a.change(ctx, tx, id, func(c *changes, o *store.Locked) error {
			if o.Status == core.Cancelling || o.Status == core.Cancelled {
				return nil
			}
			return c.stop(o, core.CancelAsked, why)
		})
	})
	if err != nil {
		return core.View{}, fmt.Errorf("cancel order %s: %w", id, err)
	}
	return a.view(ctx, id)
}

// stop cancels an order, or asks shipping whether that is still possible. It returns
// order.ErrNotCancellable.
func (c *changes) stop(o *store.Locked, t core.Trigger, why occasion) error {
	to, ok := o.Status.Next(t)
	if !ok {
		return order.ErrNotCancellable
	}
	o.CancelReason = why.Note
	var fact event.Event = order.Cancelled{OrderID: o.ID, Reason: why.Note}
	if to == core.Cancelling {
		fact = order.CancelRequested{OrderID: o.ID, Reason: why.Note}
	}
	c.transition(o, to, why, fact)
	return nil
}
