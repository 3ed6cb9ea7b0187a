package catalogfx_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
	"github.com/banyan-commerce/banyan/platform/remote"
	"github.com/banyan-commerce/banyan/platform/remote/remotetest"
)

// What holds of catalog.Service, wherever the catalog runs.

func wants(key string, skus ...string) catalog.ReserveRequest {
	r := catalog.ReserveRequest{Key: key, OrderID: id.New(), HoldUntil: noon.Add(15 * time.Minute)}
	for _, sku := range skus {
		r.Lines = append(r.Lines, catalog.ReserveLine{SKU: sku, Quantity: 2})
	}
	return r
}

func won(n int64) money.Money { return money.Money{Amount: n, Currency: "KRW"} }

func TestAReservationIsWhatWasAskedForAndIsMadeOnce(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *place) {
		p.sells(t, "KRW", 1000, "TEA", "CUP")
		r := wants("k1", "TEA", "CUP")
		r.HoldUntil = r.HoldUntil.In(time.FixedZone("", 9*3600))
		first, err := p.Reserve(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, r.OrderID, first.OrderID)
		require.True(t, r.HoldUntil.Equal(first.HoldUntil))
		require.Equal(t, won(4000), first.Total)
		require.Len(t, first.Lines, 2)
		require.Equal(t, catalog.PricedLine{
			SKU: "TEA", ProductID: first.Lines[0].ProductID, Name: "TEA", Quantity: 2, UnitPrice: won(1000), Total: won(2000),
		}, first.Lines[0])
		require.False(t, first.Lines[0].ProductID.IsZero())

		p.sells(t, "KRW", 2000, "TEA", "CUP")
		r.OrderID = id.New()
		again, err := p.Reserve(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, first.OrderID, again.OrderID)
		require.Equal(t, first.Lines, again.Lines)
		require.Equal(t, first.Total, again.Total)
		require.Equal(t, 2, p.held(t))
	})
}

func TestEachErrorOfTheContractIsItself(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *place) {
		p.sells(t, "KRW", 1000, "TEA", "CUP")
		p.sells(t, "EUR", 5, "PEN")
		p.sells(t, "KRW", 9_000_000_000_000_000, "CROWN")
		taken, err := p.Reserve(t.Context(), wants("first", "TEA"))
		require.NoError(t, err)

		many := wants("many", "TEA", "CUP")
		many.Lines[0].Quantity, many.Lines[1].Quantity = 9, 11
		cheap := wants("cheap", "TEA")
		cheap.ExpectedTotal = &money.Money{Amount: 1500, Currency: "KRW"}
		dollars := wants("dollars", "TEA")
		dollars.Currency = "USD"
		dear := wants("dear", "CROWN")
		dear.Lines[0].Quantity = catalog.MaxQuantity
		same := wants("same", "TEA")
		same.OrderID = taken.OrderID
		for want, r := range map[*fault.Error]catalog.ReserveRequest{
			catalog.ErrUnknownSKU:       wants("unknown", "TEA", "MOON"),
			catalog.ErrOutOfStock:       many,
			catalog.ErrPriceChanged:     cheap,
			catalog.ErrNoCommonCurrency: wants("mixed", "TEA", "PEN"),
			catalog.ErrNoPrice:          dollars,
			catalog.ErrKeyReused:        wants("first", "CUP"),
			catalog.ErrAmountRange:      dear,
			catalog.ErrOrderTaken:       same,
			catalog.ErrRequest:          wants("nothing"),
		} {
			_, err := p.Reserve(t.Context(), r)
			require.ErrorIs(t, err, want)
			require.ErrorIs(t, err, want.Kind)
			require.Equal(t, want.Kind, fault.KindOf(err))
			var f *fault.Error
			require.ErrorAs(t, err, &f)
			switch want {
			case catalog.ErrUnknownSKU:
				require.Len(t, f.Fields, 1)
				require.Equal(t, "lines[1].sku", f.Fields[0].Location)
			case catalog.ErrOutOfStock:
				short, ok := fault.Details[[]catalog.Shortage](err)
				require.True(t, ok)
				require.ElementsMatch(t, []catalog.Shortage{{SKU: "TEA", Requested: 9, Available: 8}, {SKU: "CUP", Requested: 11, Available: 10}}, short)
			case catalog.ErrPriceChanged:
				change, ok := fault.Details[catalog.PriceChange](err)
				require.True(t, ok)
				require.Equal(t, catalog.PriceChange{Expected: won(1500), Actual: won(2000)}, change)
			}
		}
		require.Equal(t, 2, p.held(t), "what was refused holds nothing")
	})
}

func TestAPanicOfTheCatalogIsAnErrorThatSaysNothing(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *place) {
		p.sells(t, "KRW", 1000, "TEA")
		_, err := p.Reserve(t.Context(), wants("k1", "PANIC"))
		require.Error(t, err)
		require.Equal(t, fault.Internal, fault.KindOf(err))
		if p.wire != nil {
			require.NotContains(t, err.Error(), "hunter2")
		}
		_, err = p.Reserve(t.Context(), wants("k2", "TEA"))
		require.NoError(t, err, "and nobody else notices")
	})
}

func TestACallWhoseTimeIsOverIsNotMade(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *place) {
		p.sells(t, "KRW", 1000, "TEA")
		ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		_, err := p.Reserve(ctx, wants("k1", "TEA"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		ctx, cancel = context.WithCancel(t.Context())
		cancel()
		_, err = p.Reserve(ctx, wants("k1", "TEA"))
		require.ErrorIs(t, err, context.Canceled)
		require.Zero(t, p.held(t))
	})
}

// In process a caller waits as long as the code that he calls does; from afar he does not.
func TestACallToAnotherProcessEndsWithItsContextWhateverTheCatalogDoes(t *testing.T) {
	t.Parallel()
	apart(t, func(t *testing.T, p *place) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		begin := time.Now()
		_, err := p.Reserve(ctx, wants("k1", "HANG"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Less(t, time.Since(begin), 4*time.Second)

		ctx, cancel = context.WithCancel(t.Context())
		timer := time.AfterFunc(100*time.Millisecond, cancel)
		defer timer.Stop()
		begin = time.Now()
		_, err = p.Reserve(ctx, wants("k2", "HANG"))
		require.ErrorIs(t, err, context.Canceled)
		require.Less(t, time.Since(begin), 4*time.Second)
	})
}

func TestNeitherSideSharesMemoryWithTheOther(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *place) {
		p.sells(t, "KRW", 1000, "TEA", "CUP")
		r, expected := wants("k1", "TEA", "CUP"), won(4000)
		r.ExpectedTotal = &expected
		same := r
		same.Lines, same.ExpectedTotal = append([]catalog.ReserveLine(nil), r.Lines...), &money.Money{Amount: 4000, Currency: "KRW"}
		first, err := p.Reserve(t.Context(), r)
		require.NoError(t, err)
		r.Lines[0].SKU, expected.Amount = "changed", 1
		kept := append([]catalog.PricedLine(nil), first.Lines...)
		first.Lines[0].Name = "changed"
		again, err := p.Reserve(t.Context(), same)
		require.NoError(t, err)
		require.Equal(t, kept, again.Lines)
	})
}

func TestCallersAtTheSameTimeHoldNothingTwice(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *place) {
		p.sells(t, "KRW", 1000, "TEA")
		var all sync.WaitGroup
		got := make([]catalog.Reservation, 8)
		errs := make([]error, len(got))
		for i := range got {
			all.Go(func() { got[i], errs[i] = p.Reserve(t.Context(), wants("k1", "TEA")) })
		}
		all.Wait()
		for i := range got {
			require.NoError(t, errs[i])
			require.Equal(t, got[0].OrderID, got[i].OrderID)
		}
		require.Equal(t, 2, p.held(t))
	})
}

func TestTheCallersNameArrives(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *place) {
		boundary.Do(t.Context(), "order", func(ctx context.Context) {
			_, err := p.Reserve(ctx, wants("k1", "MOON"))
			require.ErrorIs(t, err, catalog.ErrUnknownSKU)
		})
		names, err := p.clerk("callers")
		require.NoError(t, err)
		require.Equal(t, "order", names)
	})
}

func TestWhatTheWireDoesToACallHoldsNothingTwice(t *testing.T) {
	t.Parallel()
	apart(t, func(t *testing.T, p *place) {
		p.sells(t, "KRW", 1000, "TEA")
		for name, faults := range map[string][]remotetest.Fault{
			"cut before":    {remotetest.CutBefore},
			"answer lost":   {remotetest.CutAfter},
			"answer cut":    {remotetest.CutInside},
			"answers lost":  {remotetest.CutAfter, remotetest.CutInside, remotetest.CutAfter},
			"sent twice":    {remotetest.Twice},
			"lost and sent": {remotetest.CutAfter, remotetest.Twice},
		} {
			before := p.held(t)
			r := wants(name, "TEA")
			r.Lines[0].Quantity = 1
			p.wire.Next(faults...)
			got, err := p.Reserve(t.Context(), r)
			require.NoError(t, err, name)
			require.Equal(t, r.OrderID, got.OrderID)
			require.Equal(t, before+1, p.held(t), name)
		}
	})
}

func TestACallThatArrivesAfterItsRepetitionHoldsNothingTwice(t *testing.T) {
	t.Parallel()
	apart(t, func(t *testing.T, p *place) {
		p.sells(t, "KRW", 1000, "TEA")
		release, served := make(chan struct{}), make(chan struct{})
		p.wire.Next(remotetest.Late(release, served))
		r := wants("k1", "TEA")
		got, err := p.Reserve(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, r.OrderID, got.OrderID)
		close(release)
		<-served
		require.Equal(t, 2, p.held(t))
	})
}

func TestASlowWireEndsWithTheCall(t *testing.T) {
	t.Parallel()
	apart(t, func(t *testing.T, p *place) {
		p.wire.Always(remotetest.Held(nil))
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := p.Reserve(ctx, wants("k1", "TEA"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestACallThatIsHeldUpIsPassedByAnotherAndAnsweredInItsTime(t *testing.T) {
	t.Parallel()
	apart(t, func(t *testing.T, p *place) {
		p.sells(t, "KRW", 1000, "TEA")
		release := make(chan struct{})
		p.wire.Next(remotetest.Held(release))
		first, second := wants("k1", "TEA"), wants("k2", "TEA")
		answered := make(chan error, 1)
		go func() {
			_, err := p.Reserve(t.Context(), first)
			answered <- err
		}()
		require.Eventually(t, func() bool { return p.wire.Sent() == 1 }, time.Minute, time.Millisecond)
		got, err := p.Reserve(t.Context(), second)
		require.NoError(t, err)
		require.Equal(t, second.OrderID, got.OrderID)
		require.Equal(t, 2, p.held(t))
		close(release)
		require.NoError(t, <-answered)
		require.Equal(t, 4, p.held(t))
	})
}

func TestACatalogThatIsKilledDuringACallIsAwayAndThenBack(t *testing.T) {
	t.Parallel()
	apart(t, func(t *testing.T, p *place) {
		if p.stop == nil {
			return // there is nothing to kill
		}
		p.sells(t, "KRW", 1000, "TEA")
		first, err := p.Reserve(t.Context(), wants("k1", "TEA"))
		require.NoError(t, err)
		timer := time.AfterFunc(100*time.Millisecond, p.stop)
		defer timer.Stop()
		_, err = p.Reserve(t.Context(), wants("k2", "HANG"))
		require.ErrorIs(t, err, remote.ErrUnreachable)
		require.ErrorIs(t, err, fault.Unavailable)
		p.far(t, p.start(t))
		again, err := p.Reserve(t.Context(), wants("k1", "TEA"))
		require.NoError(t, err)
		require.Equal(t, first.OrderID, again.OrderID)
		require.Equal(t, 2, p.held(t))
	})
}
