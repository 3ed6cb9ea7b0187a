package app_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/ordertest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
)

func TestAKeyIsForgottenAfterTwoDaysByADurableTask(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		runner := task.NewRunner(shop.DB, task.NewQueue(shop.Clock.Now), shop.Clock.Now, slog.New(slog.DiscardHandler), shop.Tasks()...)
		place := func(key string) error {
			_, err := shop.Place(t.Context(), shop.Stranger(), key, ordertest.Wish())
			return err
		}
		sweep := func() int {
			_, err := runner.RunDue(t.Context())
			require.NoError(t, err)
			return keys(t, shop.DB)
		}
		require.NoError(t, place("old"))
		shop.Clock.Advance(time.Hour)
		require.NoError(t, place("young"))
		shop.Clock.Advance(47 * time.Hour)
		require.Equal(t, 2, sweep())
		shop.Clock.Advance(time.Hour)
		require.Equal(t, 1, sweep())
		require.NoError(t, place("young"))
		require.ErrorIs(t, place("old"), order.ErrKeyReused, "and is never another order")
		require.Equal(t, 2, shop.Catalog.Reservations())
	})
}

func TestOldKeysAreForgottenInBatchesHoweverMany(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		deletes := 0
		db := e.With(sqldb.Options{Observe: func(s sqldb.Statement) {
			if strings.HasPrefix(s.Query, "DELETE FROM idempotency") {
				deletes++
			}
		}}).DB(t, "order")
		shop := ordertest.Open(t, db)
		claimed(t, db, shop.Clock.Now(), 1001) // two batches and one
		shop.Clock.Advance(time.Hour)
		claimed(t, db, shop.Clock.Now(), 1)
		shop.Clock.Advance(48 * time.Hour)
		require.NoError(t, shop.ForgetKeys(t.Context()))
		require.Equal(t, 1, keys(t, db))
		require.Equal(t, 3, deletes)
	})
}

// claimed writes keys, a microsecond apart.
func claimed(t *testing.T, db *sqldb.DB, from time.Time, n int) {
	t.Helper()
	var args []any
	for i := range n {
		args = append(args, "customer", "POST /v1/orders", id.New().String(), id.New(), make([]byte, 32), from.UnixMicro()+int64(i))
	}
	require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO idempotency
			(caller, route, idem_key, order_id, fingerprint, created_at) VALUES `+sqldb.Placeholders(n, 6), args...)
		return err
	}))
}

func keys(t *testing.T, db *sqldb.DB) int {
	t.Helper()
	var n int
	require.NoError(t, db.Get(t.Context(), &n, "SELECT COUNT(*) FROM idempotency"))
	return n
}
