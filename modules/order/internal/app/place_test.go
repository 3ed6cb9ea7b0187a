package app_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/app"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/ordertest"
	"github.com/banyan-commerce/banyan/modules/order/internal/store"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/money"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestPlacingWritesTheOrderInFiveStatementsAndOneCommit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		var seen []string
		db := e.With(sqldb.Options{Observe: func(s sqldb.Statement) { seen = append(seen, s.Query) }}).DB(t, "order")
		shop := ordertest.Open(t, db)
		commits := db.Stats().Commits.Load()
		v := shop.Placed()
		require.Len(t, seen, 5, "%v", seen)
		require.EqualValues(t, 1, db.Stats().Commits.Load()-commits)
		require.Equal(t, v, shop.Look(v.ID), "what was answered is what was stored")
	})
}

func TestAPlacedOrderIsPricedByCatalogAndTellsPaymentWhatToCharge(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		v := shop.Placed()
		require.Equal(t, core.PendingPayment, v.Status)
		require.Equal(t, money.Money{Amount: 75_800, Currency: "KRW"}, v.Total)
		require.Len(t, v.Number, 8)
		require.Equal(t, "pending", v.PaymentStatus())
		require.Equal(t, "unfulfilled", v.FulfilmentStatus())
		require.Equal(t, []string{"placed > pending_payment"}, shop.Causes(v.ID))

		fact := ordertest.Told[order.Placed](shop, v.ID)
		require.Equal(t, v.Total, fact.Payment.Amount)
		require.Equal(t, "tok_ok", fact.Payment.Token)
		require.Equal(t, v.Attempt.ID, fact.Payment.PaymentID)
		require.Equal(t, v.Deadline, fact.Deadline)
		require.Equal(t, []order.Line{{SKU: "MUG", Name: "The MUG", Quantity: 2}, {SKU: "POT", Name: "The POT", Quantity: 1}}, fact.Lines)
	})
}

func TestARepeatedKeyAnswersTheSameOrderAsItStandsNow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		first, err := shop.Place(t.Context(), shop.Stranger(), "key", ordertest.Wish())
		require.NoError(t, err)
		require.NoError(t, shop.Hear(ordertest.Authorised(first)))
		again, err := shop.Place(t.Context(), shop.Stranger(), "key", ordertest.Wish())
		require.NoError(t, err)
		require.Equal(t, first.ID, again.ID)
		require.Equal(t, core.Confirmed, again.Status)
		require.EqualValues(t, 8, shop.Catalog.Left("MUG"))
		require.Equal(t, []string{"order.placed", "order.confirmed"}, shop.Stated(first.ID))
	})
}

func TestRequestsWithOneKeyAtOncePlaceOneOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.With(sqldb.Options{}).DB(t, "order"))
		const clients = 8
		ids := make([]order.ID, clients)
		errs := make([]error, clients)
		var all sync.WaitGroup
		for i := range clients {
			all.Go(func() {
				v, err := shop.Place(t.Context(), shop.Stranger(), "one key", ordertest.Wish())
				ids[i], errs[i] = v.ID, err
			})
		}
		all.Wait()
		for i := range clients {
			require.NoError(t, errs[i])
			require.Equal(t, ids[0], ids[i])
		}
		require.Equal(t, 1, shop.Catalog.Reservations())
		require.EqualValues(t, 8, shop.Catalog.Left("MUG"))
		require.Equal(t, []string{"order.placed"}, shop.Stated(ids[0]))
	})
}

func TestAKeyIsRefusedWithAnotherRequest(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		_, err := shop.Place(t.Context(), shop.Stranger(), "key", ordertest.Wish())
		require.NoError(t, err)

		otherName, otherLines := ordertest.Wish(), ordertest.Wish()
		otherName.Customer.Name = "Kim Min"
		_, err = shop.Place(t.Context(), shop.Stranger(), "key", otherName)
		require.ErrorIs(t, err, order.ErrKeyReused)
		otherLines.Lines[0].Quantity++
		_, err = shop.Place(t.Context(), shop.Stranger(), "key", otherLines)
		require.ErrorIs(t, err, order.ErrKeyReused)
	})
}

func TestEachCustomerAndTheOperatorHaveKeysOfTheirOwn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		placed := map[order.ID]bool{}
		place := func(caller access.Caller, email string) {
			wish := ordertest.Wish()
			wish.Customer.Email = email
			v, err := shop.Place(t.Context(), caller, "1", wish)
			require.NoError(t, err)
			placed[v.ID] = true
			entries, err := shop.Timeline(t.Context(), shop.Operator(), v.ID)
			require.NoError(t, err)
			require.Equal(t, caller.Name(), entries[0].Actor, "a timeline tells no addresses")
		}
		place(shop.Stranger(), "kim@example.com")
		place(shop.Stranger(), "KIM@example.com")
		require.Len(t, placed, 1, "that is the same customer")
		place(shop.Stranger(), "lee@example.com")
		place(shop.Operator(), "kim@example.com")
		place(shop.Operator(), "kim@example.com")
		require.Len(t, placed, 3)
		require.Equal(t, 3, shop.Catalog.Reservations())
	})
}

func TestACrashBetweenReservationAndOrderHoldsTheStockOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		crash := errors.New("the power went")
		shop.Catalog.Then = func() error { return crash }
		_, err := shop.Place(t.Context(), shop.Stranger(), "key", ordertest.Wish())
		require.ErrorIs(t, err, crash)
		shop.Catalog.Then = nil

		shop.Clock.Advance(1 << 40) // longer than the hold
		v, err := shop.Place(t.Context(), shop.Stranger(), "key", ordertest.Wish())
		require.NoError(t, err)
		require.EqualValues(t, 8, shop.Catalog.Left("MUG"))
		require.True(t, v.Deadline.After(shop.Clock.Now()), "the deadline begins anew")
		require.Equal(t, core.PendingPayment, shop.Look(v.ID).Status)
	})
}

func TestWhatCatalogRefusesPlacesNoOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		place := func(p core.Placement) error {
			_, err := shop.Place(t.Context(), shop.Stranger(), "key", p)
			return err
		}
		much := ordertest.Wish()
		much.Lines[1].Quantity = 6
		err := place(much)
		require.ErrorIs(t, err, catalog.ErrOutOfStock)
		left, ok := fault.Details[[]catalog.Shortage](err)
		require.True(t, ok)
		require.Equal(t, []catalog.Shortage{{SKU: "POT", Requested: 6, Available: 5}}, left)

		cheap := ordertest.Wish()
		cheap.ExpectedTotal = &money.Money{Amount: 75_000, Currency: "KRW"}
		err = place(cheap)
		require.ErrorIs(t, err, catalog.ErrPriceChanged)
		change, ok := fault.Details[catalog.PriceChange](err)
		require.True(t, ok)
		require.EqualValues(t, 75_800, change.Actual.Amount)

		strange := ordertest.Wish()
		strange.Lines[1].SKU = "CAR"
		require.ErrorIs(t, place(strange), catalog.ErrUnknownSKU)
		empty := ordertest.Wish()
		empty.Lines = nil
		require.ErrorIs(t, place(empty), order.ErrInvalid)

		require.EqualValues(t, 10, shop.Catalog.Left("MUG"))
		require.NoError(t, place(ordertest.Wish()), "a key that did nothing is free")
	})
}

func TestATakenNumberIsReplacedByAnother(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.With(sqldb.Options{}).DB(t, "order"))
		numbers := []string{"AAAAAAAA", "AAAAAAAA", "AAAAAAAA", "BBBBBBBB"}
		shop.NumberBy(func() string {
			next := numbers[0]
			numbers = numbers[1:]
			return next
		})
		require.Equal(t, "AAAAAAAA", shop.Placed().Number)
		second := shop.Placed()
		require.Equal(t, "BBBBBBBB", second.Number)
		require.Equal(t, "BBBBBBBB", ordertest.Told[order.Placed](shop, second.ID).Number)
	})
}

// On SQLite the one writer lets nobody see a claim that is not committed.
func TestAKeyWhoseFirstRequestDoesNotEndIsRefusedForNow(t *testing.T) {
	t.Parallel()
	e := dbtest.Only(t, sqldb.MySQL).With(sqldb.Options{})
	shop := ordertest.Open(t, e.DB(t, "order"))
	hangs := store.Intent{Caller: app.ScopeOf(shop.Stranger(), ordertest.Wish().Customer), Route: "POST /v1/orders", Key: "key", Fingerprint: make([]byte, 32)}
	rolledBack := errors.New("rolled back")
	err := sqldb.InTx(t.Context(), shop.DB, func(tx *sqldb.Tx) error {
		if err := store.InsertClaims(t.Context(), tx, []store.Claim{{Intent: hangs, OrderID: shop.Placed().ID, At: shop.Clock.Now()}}); err != nil {
			return err
		}
		_, err := shop.Place(t.Context(), shop.Stranger(), "key", ordertest.Wish())
		require.ErrorIs(t, err, order.ErrKeyInUse)
		return rolledBack
	})
	require.ErrorIs(t, err, rolledBack)
	_, err = shop.Place(t.Context(), shop.Stranger(), "key", ordertest.Wish())
	require.NoError(t, err)
}
