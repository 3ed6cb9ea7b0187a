package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const month = 30 * 24 * time.Hour

// wantsNow is wants with an order ID of the shop's time.
func (s *shop) wantsNow(key string, skus ...string) catalog.ReserveRequest {
	r := s.wants(key, skus...)
	r.OrderID = id.At(s.clock())
	return r
}

func (s *shop) count(t *testing.T, table string) int {
	t.Helper()
	var n int
	require.NoError(t, s.db.Get(t.Context(), &n, "SELECT COUNT(*) FROM "+table))
	return n
}

func TestHoldsOfWhichAllLinesHaveEndedAreForgottenAfterAMonth(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 100, "A", "B")
		orders := map[string]*told{}
		for _, key := range []string{"expired", "cancelled", "shipped", "held", "allocated", "half shipped"} {
			orders[key] = s.order(s.reserves(t, s.wantsNow(key, "A", "B")))
			if key != "expired" {
				orders[key].placed(t)
			}
		}
		orders["cancelled"].cancelled(t)
		orders["allocated"].confirmed(t)
		orders["shipped"].shipped(t)
		half := orders["half shipped"]
		whole := half.held.Lines
		half.held.Lines = whole[:1]
		half.shipped(t)
		s.pass(time.Hour)
		_, err := s.ExpireHolds(t.Context())
		require.NoError(t, err)
		younger := s.wantsNow("younger", "A")
		younger.OrderID = id.At(s.clock().Add(-2 * month)) // whoever calls makes it
		s.reserves(t, younger)
		s.pass(month - time.Hour)
		_, err = s.ExpireHolds(t.Context())
		require.NoError(t, err)
		before := s.stock(t, "A")

		n, err := s.ForgetHolds(t.Context())
		require.NoError(t, err)
		require.Zero(t, n, "to the microsecond")
		s.pass(time.Millisecond)
		n, err = s.ForgetHolds(t.Context())
		require.NoError(t, err)
		require.Equal(t, 3, n)
		require.Equal(t, 4, s.count(t, "hold"))
		require.Equal(t, 7, s.count(t, "reservation"))
		require.Equal(t, before, s.stock(t, "A"))
		s.sound(t)

		half.held.Lines = whole[1:]
		half.shipped(t)
		n, err = s.ForgetHolds(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, n)
		s.sound(t)
	})
}

func TestAllOldHoldsAreForgottenHoweverMany(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shopOn(e.With(sqldb.Options{}).DB(t, "catalog"))
		s.sells(t, 1000, "A")
		for i := range 201 { // one more than a batch
			s.reserves(t, s.wantsNow(fmt.Sprint(i), "A"))
		}
		s.pass(month + time.Second)
		_, err := s.ExpireHolds(t.Context())
		require.NoError(t, err)

		n, err := s.ForgetHolds(t.Context())

		require.NoError(t, err)
		require.Equal(t, 201, n)
		require.Zero(t, s.count(t, "reservation"))
	})
}

func TestAHoldThatIsRenewedMeanwhileIsNotForgotten(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		meanwhile := func() {}
		s := shopOn(e.With(sqldb.Options{Observe: func(st sqldb.Statement) {
			if strings.HasPrefix(st.Query, "SELECT h.order_id FROM hold") {
				meanwhile()
			}
		}}).DB(t, "catalog"))
		s.sells(t, 1, "A")
		r := s.wantsNow("k", "A")
		first := s.reserves(t, r)
		s.pass(month + time.Second)
		_, err := s.ExpireHolds(t.Context())
		require.NoError(t, err)
		r.HoldUntil = s.clock().Add(holdFor)
		meanwhile = func() {
			meanwhile = func() {}
			require.Equal(t, first.OrderID, s.reserves(t, r).OrderID)
		}

		n, err := s.ForgetHolds(t.Context())

		require.NoError(t, err)
		require.Zero(t, n)
		require.Equal(t, core.Stock{SKU: "A", OnHand: 1, Held: 1}, s.stock(t, "A"))
		s.sound(t)
	})
}

func TestARetryWhoseHoldIsForgottenMeanwhileIsToldToTryAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		meanwhile := func() {}
		s := shopOn(e.With(sqldb.Options{Observe: func(st sqldb.Statement) {
			if st.Tx == nil && strings.HasPrefix(st.Query, "SELECT h.order_id, h.fingerprint") {
				meanwhile()
			}
		}}).DB(t, "catalog"))
		s.sells(t, 1, "A")
		r := s.wantsNow("k", "A")
		r.ExpectedTotal = &money.Money{Amount: 1000, Currency: "KRW"}
		s.reserves(t, r)
		s.pass(month + time.Second)
		_, err := s.ExpireHolds(t.Context())
		require.NoError(t, err)
		s.imports(t, "A,Product A,Brand,Things,A,2000,1") // so that the hold is read outside a transaction
		r.HoldUntil = s.clock().Add(holdFor)
		meanwhile = func() {
			_, err := s.ForgetHolds(t.Context())
			require.NoError(t, err)
		}

		_, err = s.Reserve(t.Context(), r)
		require.ErrorIs(t, err, fault.Unavailable)
		_, err = s.Reserve(t.Context(), r)
		require.ErrorIs(t, err, catalog.ErrPriceChanged)
	})
}
