package app_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
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

func TestReservePricesTheLinesAndHoldsTheirSum(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 10, "A", "B")
		r := s.wants("k", "A", "B", "A")
		r.Lines[2].Quantity = 4

		held := s.reserves(t, r)

		require.Equal(t, r.OrderID, held.OrderID)
		require.Equal(t, money.Money{Amount: 6000, Currency: "KRW"}, held.Total)
		require.Equal(t, []string{"A", "B", "A"}, []string{held.Lines[0].SKU, held.Lines[1].SKU, held.Lines[2].SKU})
		require.Equal(t, "Product A", held.Lines[0].Name)
		require.Equal(t, money.Money{Amount: 4000, Currency: "KRW"}, held.Lines[2].Total)
		require.Equal(t, core.Stock{SKU: "A", OnHand: 10, Held: 5}, s.stock(t, "A"))
		require.Equal(t, core.Stock{SKU: "B", OnHand: 10, Held: 1}, s.stock(t, "B"))
		s.sound(t)
	})
}

// counted is a shop that counts its statements, those of the bus apart.
func counted(t *testing.T, e dbtest.Engine) (s *shop, count func(do func()) (outside, inTx int)) {
	t.Helper()
	var mu sync.Mutex
	var counts [2]int
	s = shopOn(e.With(sqldb.Options{Observe: func(st sqldb.Statement) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case strings.Contains(st.Query, "bus_"):
		case st.InTx:
			counts[1]++
		default:
			counts[0]++
		}
	}}).DB(t, "catalog"))
	return s, func(do func()) (int, int) {
		counts = [2]int{}
		do()
		return counts[0], counts[1]
	}
}

func TestReserveTakesOneReadAndThreeStatementsClaimingOneAndAllocatingTwo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s, count := counted(t, e)
		s.sells(t, 10, "A", "B", "C")
		var o *told
		for step, c := range []struct {
			do            func()
			outside, inTx int
		}{
			{func() { o = s.order(s.reserves(t, s.wants("k", "C", "A", "B"))) }, 1, 3},
			{func() { o.placed(t) }, 0, 1},
			{func() { o.confirmed(t) }, 0, 2},
		} {
			outside, inTx := count(c.do)
			require.Equal(t, c.outside, outside, step)
			require.Equal(t, c.inTx, inTx, step)
		}
	})
}

func TestReserveAnswersARepeatedKeyAsTheFirstTime(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 10, "A")
		first := s.reserves(t, s.wants("k", "A"))

		s.pass(time.Minute)
		again := s.reserves(t, s.wants("k", "A"))

		require.Equal(t, first, again)
		require.EqualValues(t, 1, s.stock(t, "A").Held)

		_, err := s.Reserve(t.Context(), s.wants("k", "A", "A"))
		require.ErrorIs(t, err, catalog.ErrKeyReused)
		_, err = s.Reserve(t.Context(), s.wants("k", "nothing"))
		require.ErrorIs(t, err, catalog.ErrKeyReused)
		s.sound(t)
	})
}

func TestReserveAnswersARepeatedKeyWithThePricesOfThen(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 10, "A")
		r := s.wants("k", "A")
		r.ExpectedTotal = &money.Money{Amount: 1000, Currency: "KRW"}
		first := s.reserves(t, r)

		s.imports(t, "A,Product A,Brand,Things,A,2000,10")

		require.Equal(t, first, s.reserves(t, r), "the refusal of the new price must not hide the hold")
		r.Key = "another"
		_, err := s.Reserve(t.Context(), r)
		require.ErrorIs(t, err, catalog.ErrPriceChanged)
		change, ok := fault.Details[catalog.PriceChange](err)
		require.True(t, ok)
		require.Equal(t, money.Money{Amount: 2000, Currency: "KRW"}, change.Actual)
	})
}

func TestReserveOfMoreThanThereIsHoldsNothingAndSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 5, "A", "B")
		s.reserves(t, s.wants("first", "B", "B"))
		r := s.wants("k", "A", "B")
		r.Lines[1].Quantity = 4

		_, err := s.Reserve(t.Context(), r)

		require.ErrorIs(t, err, catalog.ErrOutOfStock)
		short, ok := fault.Details[[]catalog.Shortage](err)
		require.True(t, ok)
		require.Equal(t, []catalog.Shortage{{SKU: "B", Requested: 4, Available: 3}}, short)
		require.EqualValues(t, 0, s.stock(t, "A").Held, "nothing of the other line stays held")
		s.sound(t)

		r.Lines[1].Quantity = 3
		held := s.reserves(t, r)
		require.Equal(t, r.OrderID, held.OrderID, "the refused attempt left nothing under the key")
	})
}

func TestReserveRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 5, "A")
		s.imports(t, fmt.Sprintf("rich,Rich,,,RICH,%d,1000000", int64(math.MaxInt64/2)), "eur,Euro,,,EUR,1.50 EUR,5")
		for name, c := range map[string]struct {
			change func(*catalog.ReserveRequest)
			want   error
			where  string
		}{
			"unknown SKU":      {func(r *catalog.ReserveRequest) { r.Lines[0].SKU = "X" }, catalog.ErrUnknownSKU, "lines[0].sku"},
			"no quantity":      {func(r *catalog.ReserveRequest) { r.Lines[0].Quantity = 0 }, catalog.ErrRequest, "lines[0].quantity"},
			"huge quantity":    {func(r *catalog.ReserveRequest) { r.Lines[0].Quantity = 1e9 }, catalog.ErrRequest, "lines[0].quantity"},
			"no lines":         {func(r *catalog.ReserveRequest) { r.Lines = nil }, catalog.ErrRequest, "lines"},
			"long key":         {func(r *catalog.ReserveRequest) { r.Key = strings.Repeat("k", 65) }, catalog.ErrRequest, "key"},
			"unknown currency": {func(r *catalog.ReserveRequest) { r.Currency = "XYZ" }, catalog.ErrRequest, "currency"},
			"no such price":    {func(r *catalog.ReserveRequest) { r.Currency = "USD" }, catalog.ErrNoPrice, "lines[0].sku"},
			"no common one": {func(r *catalog.ReserveRequest) {
				r.Lines = append(r.Lines, catalog.ReserveLine{SKU: "EUR", Quantity: 1})
			}, catalog.ErrNoCommonCurrency, ""},
			"line overflows": {func(r *catalog.ReserveRequest) {
				r.Lines[0] = catalog.ReserveLine{SKU: "RICH", Quantity: 3}
			}, catalog.ErrAmountRange, "lines[0].quantity"},
			"sum overflows": {func(r *catalog.ReserveRequest) {
				r.Lines = []catalog.ReserveLine{{SKU: "RICH", Quantity: 2}, {SKU: "RICH", Quantity: 2}}
			}, catalog.ErrAmountRange, "lines[1].quantity"},
		} {
			r := s.wants("k", "A")
			c.change(&r)
			_, err := s.Reserve(t.Context(), r)
			require.ErrorIs(t, err, c.want, name)
			if c.where != "" {
				var f *fault.Error
				require.ErrorAs(t, err, &f, name)
				require.Equal(t, c.where, f.Fields[0].Location, name)
			}
		}
		s.sound(t)
	})
}

func TestReserveRefusesAnOrderThatHasAReservationUnderAnotherKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 5, "A")
		first := s.reserves(t, s.wants("k", "A"))
		r := s.wants("other", "A")
		r.OrderID = first.OrderID

		_, err := s.Reserve(t.Context(), r)

		require.ErrorIs(t, err, catalog.ErrOrderTaken)
		require.EqualValues(t, 1, s.stock(t, "A").Held)
	})
}

func TestClientsThatRaceForTheLastPiecesGetExactlyThose(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shopOn(e.With(sqldb.Options{}).DB(t, "catalog"))
		s.sells(t, 100, "A")
		var sold, refused atomic.Int64

		race(t, 64, func(ctx context.Context, client int) error {
			for i := range 3 {
				_, err := s.Reserve(ctx, s.wants(fmt.Sprintf("%d-%d", client, i), "A"))
				switch {
				case err == nil:
					sold.Add(1)
				case errors.Is(err, catalog.ErrOutOfStock):
					refused.Add(1)
				default:
					return err
				}
			}
			return nil
		})

		require.EqualValues(t, 100, sold.Load())
		require.EqualValues(t, 92, refused.Load())
		require.Equal(t, core.Stock{SKU: "A", OnHand: 100, Held: 100}, s.stock(t, "A"))
		s.sound(t)
	})
}

func TestOrdersThatShareSKUsInAnyOrderAreAllHeld(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shopOn(e.With(sqldb.Options{}).DB(t, "catalog"))
		s.sells(t, 1000, "A", "B", "C")

		race(t, 24, func(ctx context.Context, client int) error {
			skus := []string{"A", "B", "C"}
			if client%2 == 0 {
				skus = []string{"C", "B", "A"}
			}
			for i := range 4 {
				if _, err := s.Reserve(ctx, s.wants(fmt.Sprintf("%d-%d", client, i), skus...)); err != nil {
					return err
				}
			}
			return nil
		})

		require.EqualValues(t, 96, s.stock(t, "B").Held)
		s.sound(t)
	})
}

func TestRequestsThatRaceWithOneKeyGetOneHold(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shopOn(e.With(sqldb.Options{}).DB(t, "catalog"))
		s.sells(t, 100, "A")
		var mu sync.Mutex
		orders := map[id.UUID]int{}

		race(t, 32, func(ctx context.Context, client int) error {
			held, err := s.Reserve(ctx, s.wants(fmt.Sprintf("key-%d", client%4), "A"))
			mu.Lock()
			defer mu.Unlock()
			orders[held.OrderID]++
			return err
		})

		require.Len(t, orders, 4)
		require.EqualValues(t, 4, s.stock(t, "A").Held)
		s.sound(t)
	})
}

// race runs clients at once and requires that none of them fails.
func race(t *testing.T, clients int, run func(ctx context.Context, client int) error) {
	t.Helper()
	errs := make([]error, clients)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			<-start
			errs[i] = run(t.Context(), i)
		})
	}
	close(start)
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
}
