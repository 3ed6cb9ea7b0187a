package app

import (
	"context"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/modules/order/internal/store"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	keysKept    = 48 * time.Hour // the API promises it
	forgetEvery = time.Hour
	forgetBatch = 500 // rows, for which SQLite's one writer keeps the others waiting
)

// ForgetKeys deletes the idempotency keys that are too old to be repeated, in as many transactions as
// it takes. One that is repeated after all is refused with order.ErrKeyReused for as long as catalog
// remembers it, which is much longer.
func (a *Orders) ForgetKeys(ctx context.Context) error {
	before := a.now().Add(-keysKept)
	for more := true; more; {
		err := sqldb.InTx(ctx, a.db, func(tx *sqldb.Tx) error {
			var err error
			more, err = store.ForgetIntents(ctx, tx, before, forgetBatch)
			return err
		})
		if err != nil {
			return fmt.Errorf("forget idempotency keys: %w", err)
		}
	}
	return nil
}
