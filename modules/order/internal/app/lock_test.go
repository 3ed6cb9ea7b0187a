package app_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/ordertest"
	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Without the row's lock two of these read the same version and one of them fails at its guard. On SQLite
// nobody reads it while another one writes, lock or no lock.
func TestWhoeverChangesAnOrderWaitsForItsRow(t *testing.T) {
	t.Parallel()
	e := dbtest.Only(t, sqldb.MySQL)
	shop := ordertest.Open(t, e.With(sqldb.Options{}).DB(t, "order"))
	shop.Confirmed() // makes the consumer's number
	for range 4 {
		v := shop.Placed()
		var all sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			all.Go(func() {
				if i == 0 {
					_, errs[i] = shop.Cancel(t.Context(), shop.Owner(v.ID), v.ID, "")
					return
				}
				fact := ordertest.Authorised(v)
				if i > 1 {
					fact.PaymentID = payment.ID{UUID: id.New()}
				}
				errs[i] = shop.Hear(fact)
			})
		}
		all.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
		require.Contains(t, []core.Status{core.Cancelled, core.Cancelling}, shop.Look(v.ID).Status)
		shop.Stated(v.ID)
		straight(t, shop, v.ID)
		shop.Catalog.Sell("POT", 5, v.Lines[1].UnitPrice)
	}
}

// Sets lock their orders by ID, whoever else wants some of them, so that none has to be run again.
func TestSetsThatShareOrdersWaitForEachOther(t *testing.T) {
	t.Parallel()
	e := dbtest.Only(t, sqldb.MySQL)
	shop := ordertest.Open(t, e.With(sqldb.Options{}).DB(t, "order"))
	shop.Confirmed() // makes the consumer's number
	views := shop.Many(30)
	var all sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		all.Go(func() {
			var set []event.Event
			for _, k := range rand.Perm(len(views))[:20] {
				fact := ordertest.Authorised(views[k])
				fact.PaymentID = payment.ID{UUID: id.New()}
				set = append(set, fact)
			}
			errs[i] = shop.HearSet(set...)
		})
	}
	for _, v := range views[:5] {
		_, err := shop.Cancel(t.Context(), shop.Owner(v.ID), v.ID, "")
		require.NoError(t, err)
	}
	all.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.Zero(t, shop.DB.Stats().Retries.Load())
	for _, v := range views {
		shop.Stated(v.ID)
		straight(t, shop, v.ID)
	}
}
