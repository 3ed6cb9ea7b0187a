package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/ordertest"
	"github.com/banyan-commerce/banyan/modules/order/internal/store"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func idsOf(views []core.View) []order.ID {
	ids := make([]order.ID, len(views))
	for i, v := range views {
		ids[i] = v.ID
	}
	return ids
}

// change locks orders, does something to them and writes them.
func change(t *testing.T, db *sqldb.DB, ids []order.ID, do func(tx *sqldb.Tx, orders []*store.Locked)) error {
	t.Helper()
	return sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
		orders, err := store.LockWithLines(t.Context(), tx, ids)
		if err != nil {
			return err
		}
		do(tx, orders)
		return store.Write(t.Context(), tx, orders)
	})
}

func TestASetIsWrittenWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	for column, moved := range map[string]string{
		"version": "UPDATE orders SET version = version + 1 WHERE id = ?",
		"entries": "UPDATE orders SET entries = entries + 1 WHERE id = ?",
		"row":     "DELETE FROM orders WHERE id = ?",
	} {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
				shop := ordertest.Open(t, e.DB(t, "order"))
				views := shop.Many(3)
				err := change(t, shop.DB, idsOf(views), func(tx *sqldb.Tx, orders []*store.Locked) {
					for _, o := range orders {
						o.Tell(core.Confirmed, core.Reason{Cause: "test"}, shop.Clock.Now())
						o.Version++
					}
					_, err := tx.Exec(t.Context(), moved, orders[1].ID)
					require.NoError(t, err)
				})
				require.ErrorIs(t, err, store.ErrMoved)
				for _, v := range views {
					require.Equal(t, v, shop.Look(v.ID))
				}
			})
		})
	}
}

func TestOrdersOfASetAreWrittenEachWithWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		views := shop.Many(5)
		at := shop.Clock.Now()
		other := core.Attempt{ID: id.New(), Method: "transfer", State: core.AttemptAuthorised}
		require.NoError(t, change(t, shop.DB, idsOf(views), func(_ *sqldb.Tx, orders []*store.Locked) {
			orders[0].Tell(core.Confirmed, core.Reason{Cause: "one"}, at)
			orders[0].Version++
			orders[1].Attempt = other
			orders[1].Tell(core.Confirmed, core.Reason{Cause: "another attempt"}, at)
			orders[1].Version++
			orders[2].CancelReason = "Why not."
			orders[2].Tell(core.Cancelled, core.Reason{Cause: "reason"}, at)
			orders[2].Version++
			for range 2 {
				orders[3].Tell(orders[3].Status, core.Reason{Cause: "twice"}, at)
			}
		}))
		looked := make([]core.View, len(views))
		for i, v := range views {
			looked[i] = shop.Look(v.ID)
		}
		require.Equal(t, core.Confirmed, looked[0].Status)
		require.Equal(t, views[0].Attempt, looked[0].Attempt)
		require.Equal(t, other, looked[1].Attempt)
		require.Equal(t, core.Cancelled, looked[2].Status)
		require.Equal(t, "Why not.", looked[2].CancelReason)
		require.Empty(t, looked[0].CancelReason)
		require.EqualValues(t, 1, looked[3].Version)
		require.EqualValues(t, 3, looked[3].Entries)
		require.Equal(t, []string{"placed > pending_payment", "twice > pending_payment", "twice > pending_payment"}, shop.Causes(views[3].ID))
		require.Equal(t, views[4], looked[4], "nothing was told of it")
	})
}

func TestOrdersAreLockedInTheOrderAskedForEachWithItsLines(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		views := shop.Many(3)
		views[0], views[2] = views[2], views[0]
		require.NoError(t, change(t, shop.DB, idsOf(views), func(_ *sqldb.Tx, orders []*store.Locked) {
			for i, o := range orders {
				require.Equal(t, views[i].Order, o.Order)
			}
		}))
		missing := append(idsOf(views), order.ID{UUID: id.New()})
		require.ErrorIs(t, change(t, shop.DB, missing, func(*sqldb.Tx, []*store.Locked) { t.Error("locked") }), order.ErrNotFound)
	})
}
