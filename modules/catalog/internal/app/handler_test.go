package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/money"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestAnOrdersStockIsHeldThenAllocatedThenGone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 10, "A", "B")
		o := s.order(s.reserves(t, s.wants("k", "A", "B", "A")))

		o.placed(t)
		require.Equal(t, core.Stock{SKU: "A", OnHand: 10, Held: 2}, s.stock(t, "A"))
		o.confirmed(t)
		require.Equal(t, core.Stock{SKU: "A", OnHand: 10, Allocated: 2}, s.stock(t, "A"))
		s.sound(t)
		o.shipped(t)
		require.Equal(t, core.Stock{SKU: "A", OnHand: 8}, s.stock(t, "A"))
		require.Equal(t, core.Stock{SKU: "B", OnHand: 9}, s.stock(t, "B"))
		s.sound(t)
	})
}

func TestAClaimedHoldOutlivesItsDeadlineAndAnUnclaimedOneDoesNot(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 10, "A")
		s.order(s.reserves(t, s.wants("claimed", "A"))).placed(t)
		s.reserves(t, s.wants("unclaimed", "A", "A"))

		n, err := s.ExpireHolds(t.Context())
		require.NoError(t, err)
		require.Zero(t, n, "nothing is due yet")
		s.pass(holdFor)
		n, err = s.ExpireHolds(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2, n)
		again, err := s.ExpireHolds(t.Context())
		require.NoError(t, err)
		require.Zero(t, again)

		require.Equal(t, core.Stock{SKU: "A", OnHand: 10, Held: 1}, s.stock(t, "A"))
		s.sound(t)
	})
}

func TestEndingAnOrderGivesItsStockBackOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 10, "A", "B")
		for name, end := range map[string]func(*told, *testing.T){"cancelled": (*told).cancelled, "expired": (*told).expired} {
			held := s.order(s.reserves(t, s.wants(name+" held", "A", "B")))
			held.placed(t)
			allocated := s.order(s.reserves(t, s.wants(name+" allocated", "A")))
			allocated.placed(t)
			allocated.confirmed(t)

			for range 2 {
				end(held, t)
				end(allocated, t)
				require.Equal(t, core.Stock{SKU: "A", OnHand: 10}, s.stock(t, "A"), name)
				require.Equal(t, core.Stock{SKU: "B", OnHand: 10}, s.stock(t, "B"), name)
			}
			s.sound(t)
		}
	})
}

func TestShippingThatIsHeardOfBeforeTheConfirmationTakesThePiecesOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 10, "A")
		o := s.order(s.reserves(t, s.wants("k", "A")))
		o.placed(t)

		o.shipped(t)
		require.Equal(t, core.Stock{SKU: "A", OnHand: 9}, s.stock(t, "A"))
		o.confirmed(t)
		require.Equal(t, core.Stock{SKU: "A", OnHand: 9}, s.stock(t, "A"))
		s.sound(t)
	})
}

func TestParcelsMayHoldPartsOfALineBeforeAndAfterTheConfirmation(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 10, "A", "B")
		r := s.wants("k", "A", "B")
		r.Lines[0].Quantity = 5
		o := s.order(s.reserves(t, r))
		o.placed(t)

		of, parcel := o.parcel(shipping.Line{SKU: "A", Quantity: 2})
		require.NoError(t, o.hears(t.Context(), "shipping", of, parcel))
		require.Equal(t, core.Stock{SKU: "A", OnHand: 8, Held: 3}, s.stock(t, "A"))
		o.confirmed(t)
		require.Equal(t, core.Stock{SKU: "A", OnHand: 8, Allocated: 3}, s.stock(t, "A"))
		require.Equal(t, core.Stock{SKU: "B", OnHand: 10, Allocated: 1}, s.stock(t, "B"))
		s.sound(t)
		of, parcel = o.parcel(shipping.Line{SKU: "B", Quantity: 1}, shipping.Line{SKU: "A", Quantity: 3})
		require.NoError(t, o.hears(t.Context(), "shipping", of, parcel))
		require.Equal(t, core.Stock{SKU: "A", OnHand: 5}, s.stock(t, "A"))
		s.sound(t)
	})
}

func TestAParcelWithMoreThanWasOrderedIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 10, "A")
		o := s.order(s.reserves(t, s.wants("k", "A")))
		o.placed(t)
		of, parcel := o.parcel(shipping.Line{SKU: "A", Quantity: 2})

		require.ErrorIs(t, o.hears(t.Context(), "shipping", of, parcel), core.ErrShippedMore)
		require.Equal(t, core.Stock{SKU: "A", OnHand: 10, Held: 1}, s.stock(t, "A"))
	})
}

func TestAnOrderHeardOfTooLateGetsItsStockAgainWhenItIsThere(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 2, "A", "B")
		o := s.order(s.reserves(t, s.wants("k", "A", "B")))
		s.pass(holdFor)
		_, err := s.ExpireHolds(t.Context())
		require.NoError(t, err)
		require.Zero(t, s.stock(t, "A").Held)

		o.placed(t)

		require.EqualValues(t, 1, s.stock(t, "A").Held)
		require.Empty(t, s.published(t))
		_, err = s.ExpireHolds(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 1, s.stock(t, "A").Held, "it is claimed now")
		s.sound(t)
	})
}

func TestAnOrderHeardOfTooLateIsToldThatItsStockIsLost(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 2, "A", "B")
		o := s.order(s.reserves(t, s.wants("k", "A", "B")))
		s.pass(holdFor)
		_, err := s.ExpireHolds(t.Context())
		require.NoError(t, err)
		s.reserves(t, s.wants("rival", "B", "B"))

		o.placed(t)

		require.Equal(t, []event.Aggregate{{Type: catalog.AggregateType, ID: o.held.OrderID, Version: 1}}, s.published(t))
		require.Zero(t, s.stock(t, "A").Held, "all lines or none")
		s.sound(t)

		require.Equal(t, o.held, s.reserves(t, s.wants("k", "A", "B")), "a late repetition holds nothing again")
		require.Zero(t, s.stock(t, "A").Held)
		o.cancelled(t)
		s.sound(t)
	})
}

func TestLateMoneyConfirmsAnOrderWhoseStockWasGivenBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 1, "A")
		first := s.order(s.reserves(t, s.wants("first", "A")))
		first.placed(t)
		first.expired(t)
		second := s.order(s.reserves(t, s.wants("second", "A")))
		second.placed(t)

		first.confirmed(t)
		require.Len(t, s.published(t), 1, "the pieces are another's")
		second.cancelled(t)
		first.confirmed(t)
		require.Equal(t, core.Stock{SKU: "A", OnHand: 1, Allocated: 1}, s.stock(t, "A"))
		s.sound(t)
	})
}

func TestAConfirmedOrderThatLostSomeLinesKeepsTheOthersHeldUntilItEnds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 1, "A", "B")
		o := s.order(s.reserves(t, s.wants("k", "A", "B")))
		o.placed(t)
		s.executes(t, "UPDATE reservation SET state = 'expired' WHERE sku = 'B'", "UPDATE stock SET held = 0 WHERE sku = 'B'")
		s.reserves(t, s.wants("rival", "B"))

		o.confirmed(t)
		require.Len(t, s.published(t), 1)
		require.Equal(t, core.Stock{SKU: "A", OnHand: 1, Held: 1}, s.stock(t, "A"))
		s.sound(t)
		o.cancelled(t)
		require.Equal(t, core.Stock{SKU: "A", OnHand: 1}, s.stock(t, "A"))
		s.sound(t)
	})
}

func TestARetryAfterACrashGetsTheHoldAndLaterHoldsItAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 1, "A")
		first := s.reserves(t, s.wants("k", "A")) // and the order is never written

		s.pass(holdFor / 2)
		require.Equal(t, first, s.reserves(t, s.wants("k", "A")))
		require.EqualValues(t, 1, s.stock(t, "A").Held, "held stock is counted once")
		s.pass(holdFor)
		_, err := s.ExpireHolds(t.Context())
		require.NoError(t, err)
		require.Zero(t, s.stock(t, "A").Held, "without a retry the hold ends")

		again := s.reserves(t, s.wants("k", "A"))
		require.Equal(t, first.OrderID, again.OrderID)
		require.Equal(t, s.clock().Add(holdFor), again.HoldUntil)
		require.EqualValues(t, 1, s.stock(t, "A").Held)
		s.sound(t)
		s.order(again).placed(t)
		require.Empty(t, s.published(t))
	})
}

func TestARetryExtendsAHoldOfWhichLessThanHalfIsLeft(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 2, "A")
		first := s.reserves(t, s.wants("k", "A"))
		claimed := s.order(s.reserves(t, s.wants("claimed", "A")))
		claimed.placed(t)

		s.pass(holdFor / 2)
		require.Equal(t, first.HoldUntil, s.reserves(t, s.wants("k", "A")).HoldUntil)
		s.pass(time.Microsecond)
		require.Equal(t, s.clock().Add(holdFor), s.reserves(t, s.wants("k", "A")).HoldUntil)
		require.Equal(t, claimed.held, s.reserves(t, s.wants("claimed", "A")))
		s.pass(holdFor - time.Microsecond)
		n, err := s.ExpireHolds(t.Context())
		require.NoError(t, err)
		require.Zero(t, n)
		require.EqualValues(t, 2, s.stock(t, "A").Held)
		s.sound(t)
	})
}

func TestARetryAfterTheHoldEndedIsRefusedWhenThePiecesAreGone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 1, "A")
		s.reserves(t, s.wants("k", "A"))
		s.pass(holdFor)
		_, err := s.ExpireHolds(t.Context())
		require.NoError(t, err)
		s.reserves(t, s.wants("rival", "A"))

		_, err = s.Reserve(t.Context(), s.wants("k", "A"))
		require.ErrorIs(t, err, catalog.ErrOutOfStock)
		s.sound(t)
	})
}

func TestARetryHoldsNothingForAnOrderThatHasEndedMeanwhile(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		meanwhile := func() {}
		s := shopOn(e.With(sqldb.Options{Observe: func(st sqldb.Statement) {
			if st.Tx == nil && strings.HasPrefix(st.Query, "SELECT h.order_id") {
				meanwhile()
			}
		}}).DB(t, "catalog"))
		s.sells(t, 1, "A")
		r := s.wants("k", "A")
		r.ExpectedTotal = &money.Money{Amount: 1000, Currency: "KRW"}
		o := s.order(s.reserves(t, r))
		s.pass(holdFor)
		_, err := s.ExpireHolds(t.Context())
		require.NoError(t, err)
		rival := s.order(s.reserves(t, s.wants("rival", "A")))
		rival.placed(t)
		s.imports(t, "A,Product A,Brand,Things,A,2000,1") // so that the hold is read outside a transaction
		ended := false
		meanwhile = func() {
			if !ended {
				ended = true
				o.placed(t)
				rival.cancelled(t)
				o.cancelled(t)
			}
		}

		r.HoldUntil = s.clock().Add(holdFor)
		require.Equal(t, o.held, s.reserves(t, r), "its deadline included")
		require.True(t, ended)
		require.Zero(t, s.stock(t, "A").Held)
		s.sound(t)
	})
}

func TestAnOrderWithoutAReservationIsAnError(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 1, "A")
		o := s.order(catalog.Reservation{OrderID: s.wants("k").OrderID})
		fact := order.Placed{OrderID: o.id(), Lines: []order.Line{{SKU: "A", Quantity: 1}}}

		require.Error(t, o.hears(t.Context(), "order", event.Aggregate{Type: "order", ID: o.held.OrderID, Version: 1}, fact))
	})
}

// published are the aggregates of the events that wait in the outbox.
func (s *shop) published(t *testing.T) []event.Aggregate {
	t.Helper()
	pending, err := bus.Pending(t.Context(), s.db)
	require.NoError(t, err)
	var of []event.Aggregate
	for _, e := range pending {
		of = append(of, e.Aggregate)
	}
	return of
}
