package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/store"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	expiryEvery = 5 * time.Second
	expiryBatch = 50 // orders per transaction, which locks their SKUs' stock
)

// ExpireHolds gives back the stock of holds whose deadline has passed and which no order.placed has
// claimed, and answers how many lines that were. Several instances may do it at once. A hold that
// can't be ended doesn't keep the others from it.
func (a *App) ExpireHolds(ctx context.Context) (int, error) {
	var failures []error
	var last id.UUID
	total := 0
	for now := a.now(); ; {
		orders, err := store.Overdue(ctx, a.db, now, last, expiryBatch)
		if err != nil {
			return total, errors.Join(append(failures, fmt.Errorf("find overdue holds: %w", err))...)
		}
		if len(orders) == 0 {
			return total, errors.Join(failures...)
		}
		n, err := a.expireBatch(ctx, orders, now)
		total += n
		if err != nil {
			failures = append(failures, err)
		}
		if len(orders) < expiryBatch || sqldb.IsInfrastructure(err) {
			return total, errors.Join(failures...)
		}
		last = orders[len(orders)-1]
	}
}

// expireBatch ends the holds of the orders in one transaction. If one of them can't be, each gets its
// own.
func (a *App) expireBatch(ctx context.Context, orders []id.UUID, now time.Time) (int, error) {
	n, err := a.expire(ctx, orders, now)
	if err == nil || sqldb.IsInfrastructure(err) || ctx.Err() != nil {
		return n, err
	}
	var failures []error
	total := 0
	for _, order := range orders {
		n, err := a.expire(ctx, []id.UUID{order}, now)
		total += n
		if err != nil {
			failures = append(failures, fmt.Errorf("hold of order %s: %w", order, err))
		}
	}
	return total, errors.Join(failures...)
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
	if err != nil {
		return 0, fmt.Errorf("expire holds: %w", err)
	}
	return n, nil
}
