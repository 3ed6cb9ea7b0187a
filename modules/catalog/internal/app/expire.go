package app

import (
	"context"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/store"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
)

const (
	expiryEvery = 2 * time.Second
	expiryBatch = 50 // orders per transaction, which locks their SKUs' stock
)

// Tasks are the durable tasks of the catalog.
func (a *App) Tasks() []task.Handler {
	return []task.Handler{{
		Kind:  "catalog.expire_holds",
		Every: expiryEvery,
		Run: func(ctx context.Context, _ task.Lease) error {
			_, err := a.ExpireHolds(ctx)
			return err
		},
	}}
}

// ExpireHolds gives back the stock of holds whose deadline has passed and which no order.placed has
// claimed, and answers how many lines that were. Several instances may do it at once.
func (a *App) ExpireHolds(ctx context.Context) (int, error) {
	total := 0
	for {
		now := a.now()
		orders, err := store.Overdue(ctx, a.db, now, expiryBatch)
		if err != nil {
			return total, fmt.Errorf("find overdue holds: %w", err)
		}
		if len(orders) == 0 {
			return total, nil
		}
		n, err := a.expire(ctx, orders, now)
		if err != nil {
			return total, fmt.Errorf("expire holds: %w", err)
		}
		total += n
		if len(orders) < expiryBatch {
			return total, nil
		}
	}
}

func (a *App) expire(ctx context.Context, orders []id.UUID, now time.Time) (int, error) {
	var n int
	err := sqldb.InTx(ctx, a.db, func(tx *sqldb.Tx) error {
		promises, err := store.ExpireOverdue(ctx, tx, orders, now)
		if err != nil {
			return err
		}
		n = len(promises)
		_, changes := core.Move(promises, core.Expired)
		return store.ApplyChanges(ctx, tx, changes)
	})
	return n, err
}
