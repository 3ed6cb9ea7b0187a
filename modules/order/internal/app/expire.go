package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/store"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	expireEvery = 5 * time.Second // each sweep costs four statements, also in a shop where nothing happens
	expireBatch = 100
)

// ExpireDue ends all pending orders whose deadline has passed and for which no result is still to
// come. An order whose attempt to pay is in flight is looked at again by the next sweep. An order that
// can't be ended doesn't keep the others from it.
func (a *Orders) ExpireDue(ctx context.Context) error {
	var failures []error
	var last *store.Due
	for {
		due, err := store.Overdue(ctx, a.db, a.now().UnixMicro(), last, expireBatch)
		if err != nil {
			return fmt.Errorf("find overdue orders: %w", err)
		}
		for _, d := range due {
			if err := a.expire(ctx, d.ID); err != nil {
				failures = append(failures, fmt.Errorf("expire order %s: %w", d.ID, err))
			}
			last = &d
		}
		if len(due) < expireBatch {
			return errors.Join(failures...)
		}
	}
}

// expire looks again at the locked order: since it was found, money may have come or another instance
// been faster.
func (a *Orders) expire(ctx context.Context, id order.ID) error {
	why := occasion{Reason: core.Reason{Cause: "deadline", Actor: "clock", Note: "The deadline passed without a payment."}}
	return sqldb.InTx(ctx, a.db, func(tx *sqldb.Tx) error {
		return a.change(ctx, tx, id, func(c *changes, o *store.Locked) error {
			if to, ok := o.Status.Next(core.DeadlinePassed); ok && o.Overdue(c.at) {
				c.transition(o, to, why, order.Expired{OrderID: o.ID})
			}
			return nil
		})
	})
}
