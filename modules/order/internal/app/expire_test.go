package app_test

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/ordertest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
)

func TestAnUnpaidOrderExpiresAtItsDeadlineByADurableTask(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		runner := task.NewRunner(shop.DB, task.NewQueue(shop.Clock.Now), shop.Clock.Now, slog.New(slog.DiscardHandler), shop.Tasks()...)
		v := shop.Placed()
		require.NoError(t, shop.Hear(ordertest.Declined(v)))
		sweep := func() core.Status {
			_, err := runner.RunDue(t.Context())
			require.NoError(t, err)
			return shop.Look(v.ID).Status
		}
		shop.Clock.Advance(15*time.Minute - time.Microsecond)
		require.Equal(t, core.PendingPayment, sweep())
		shop.Clock.Advance(time.Minute)
		require.Equal(t, core.Expired, sweep())
		require.Equal(t, []string{"order.placed", "order.expired"}, shop.Stated(v.ID))

		shop.Clock.Advance(time.Minute)
		sweep()
		require.Equal(t, []string{"order.placed", "order.expired"}, shop.Stated(v.ID))
	})
}

func TestAnAttemptInFlightKeepsAnOrderFromExpiring(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		paid, declined := shop.Placed(), shop.Placed()
		shop.Clock.Advance(time.Hour)
		require.NoError(t, shop.ExpireDue(t.Context()))
		require.Equal(t, core.PendingPayment, shop.Look(paid.ID).Status)
		require.NoError(t, shop.Hear(ordertest.Authorised(paid)))
		require.NoError(t, shop.Hear(ordertest.Declined(declined)))
		require.NoError(t, shop.ExpireDue(t.Context()))
		require.Equal(t, core.Confirmed, shop.Look(paid.ID).Status)
		require.Equal(t, core.Expired, shop.Look(declined.ID).Status)
		_, err := shop.Cancel(t.Context(), shop.Owner(declined.ID), declined.ID, "")
		require.ErrorIs(t, err, order.ErrNotCancellable)
	})
}

func TestAnOrderThatASweepHasFoundIsLookedAtAgainUnderItsLock(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		v := shop.Placed() // as if its attempt had begun since it was found
		shop.Clock.Advance(time.Hour)
		require.NoError(t, shop.Expire(t.Context(), v.ID))
		require.Equal(t, core.PendingPayment, shop.Look(v.ID).Status)
		require.NoError(t, shop.Hear(ordertest.Authorised(v)))
		require.NoError(t, shop.Expire(t.Context(), v.ID))
		require.Equal(t, core.Confirmed, shop.Look(v.ID).Status)
	})
}

func TestAllOverdueOrdersExpireHoweverMany(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.With(sqldb.Options{}).DB(t, "order"))
		shop.Catalog.Sell("MUG", 1000, shop.Placed().Lines[0].UnitPrice)
		shop.Catalog.Sell("POT", 1000, shop.Placed().Lines[1].UnitPrice)
		for range 101 { // one more than a batch
			require.NoError(t, shop.Hear(ordertest.Declined(shop.Placed())))
		}
		shop.Clock.Advance(time.Hour)
		require.NoError(t, shop.ExpireDue(t.Context()))
		expired, more, err := shop.List(t.Context(), shop.Operator(), core.Filter{Status: core.Expired}, 200)
		require.NoError(t, err)
		require.False(t, more)
		require.Len(t, expired, 101)
	})
}

// Expiry runs on an instance whose clock is ahead, while the customer begins another attempt and while
// money for the first one arrives: whatever wins, the order is either paid for or ended, and says so once.
func TestExpiryAgainstPaymentLeavesOneTruth(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.With(sqldb.Options{}).DB(t, "order"))
		ahead := shop.Another()
		ahead.Clock.Advance(time.Hour)
		for range 5 {
			v := shop.Placed()
			require.NoError(t, shop.Hear(ordertest.Declined(v)))
			var swept, asked, heard error
			var all sync.WaitGroup
			all.Go(func() { swept = ahead.ExpireDue(t.Context()) })
			all.Go(func() {
				_, asked = shop.RequestPayment(t.Context(), shop.Owner(v.ID), v.ID, "key", core.Means{Method: "card", Token: "t"})
			})
			all.Go(func() { heard = shop.Hear(ordertest.Authorised(v)) })
			all.Wait()
			require.NoError(t, swept)
			require.NoError(t, heard)
			if asked != nil {
				require.ErrorIs(t, asked, order.ErrNotPayable)
			}
			v = shop.Look(v.ID)
			require.Contains(t, []core.Status{core.Confirmed, core.Expired}, v.Status)
			stated := shop.Stated(v.ID)
			require.Equal(t, "order."+string(v.Status), stated[len(stated)-1])
			straight(t, shop, v.ID)
		}
	})
}

// straight looks whether each entry of a timeline begins where the one before ended.
func straight(t *testing.T, shop *ordertest.Shop, orderID order.ID) {
	t.Helper()
	entries, err := shop.Timeline(t.Context(), shop.Operator(), orderID)
	require.NoError(t, err)
	at := core.None
	for i, e := range entries {
		require.EqualValues(t, i+1, e.Seq)
		require.Equal(t, at, e.From)
		at = e.To
	}
}
