package app

import (
	"context"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/store"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	forgetEvery = time.Hour
	forgetAfter = 30 * 24 * time.Hour // longer than any repetition of a request, or late money
	forgetBatch = 200                 // orders per transaction
)

// ForgetHolds deletes holds made long ago of which all lines have ended, and answers how many those
// were. No stock is kept for such lines: neither the stock nor Drift changes. Several instances may do
// it at once.
func (a *App) ForgetHolds(ctx context.Context) (int, error) {
	before := a.now().Add(-forgetAfter)
	var last id.UUID
	total := 0
	for {
		orders, err := store.Ended(ctx, a.db, before, last, forgetBatch)
		if err != nil {
			return total, fmt.Errorf("find ended holds: %w", err)
		}
		if len(orders) == 0 {
			return total, nil
		}
		n, err := a.forget(ctx, orders)
		if err != nil {
			return total, fmt.Errorf("forget holds: %w", err)
		}
		total += n
		last = orders[len(orders)-1]
	}
}

// forget looks again at the locked lines: late money or a late retry may have taken stock for them
// since they were found.
func (a *App) forget(ctx context.Context, orders []id.UUID) (int, error) {
	var ended []id.UUID
	err := sqldb.InTx(ctx, a.db, func(tx *sqldb.Tx) error {
		var err error
		if ended, err = store.LockEnded(ctx, tx, orders); err != nil {
			return err
		}
		return store.DeleteHolds(ctx, tx, ended)
	})
	return len(ended), err
}
