package acceptance_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
)

const (
	kills       = 4
	crashOrders = 40 // answered between two kills
	drainGoal   = 10 * time.Second
)

// Clients place orders while the server is killed again and again. Each order that was answered is
// there and settles; a client that heard nothing repeats its request and gets one order. What had been
// told to a module before the server died, and is told again, has no second effect.
func TestAServerThatIsKilledLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e)
		pieces := map[string]int64{"TEA": 100_000, "CUP": 100_000}
		s.Offer(t, pieces)
		answered, unanswered := map[string]shoptest.Purchase{}, []shoptest.Purchase{}
		for range kills {
			taken, lost := placeUntilKilled(t, s)
			for id, p := range taken {
				require.NotContains(t, answered, id)
				answered[id] = p
			}
			unanswered = append(unanswered, lost...)
			s.Restart(t)
		}
		restarted := time.Now()
		for id, p := range answered {
			require.Equal(t, id, s.Place(t, p).ID, "the key gives the order that it gave before")
		}
		for _, p := range unanswered {
			id := s.Place(t, p).ID
			require.NotContains(t, answered, id)
			answered[id] = p
		}
		s.AwaitDrained(t)
		took := time.Since(restarted)
		t.Logf("%d orders, %d of them asked for again; drained %s after the last start", len(answered), len(unanswered), took)
		b := s.RequireSound(t, pieces)
		require.Len(t, b.Orders, len(answered), "nobody's order, or two of one key")
		for id, p := range answered {
			s.RequireSettledOnce(t, b, id, p)
		}
		require.Less(t, took, drainGoal)
	})
}

// placeUntilKilled has clients place orders, and kills the server amid them. It answers the purchases
// that were taken, by order, and those that nobody answered.
func placeUntilKilled(t *testing.T, s *shoptest.Server) (taken map[string]shoptest.Purchase, lost []shoptest.Purchase) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	taken = map[string]shoptest.Purchase{}
	var mu sync.Mutex
	enough := make(chan struct{})
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				p := shoptest.Buy([]string{"TEA", "CUP"}[(i+n)%2], int64(1+n%3)).By([]string{"tok_ok", "tok_declined"}[n%2])
				p.Lines = append(p.Lines, shoptest.Line{SKU: []string{"CUP", "TEA"}[(i+n)%2], Quantity: 1})
				a, err := s.Post(ctx, p)
				mu.Lock()
				if err != nil || a.Status != http.StatusCreated {
					lost = append(lost, p)
					mu.Unlock()
					return
				}
				taken[a.OrderID()] = p
				if len(taken) == crashOrders {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	select {
	case <-enough:
	case <-time.After(shoptest.Patience):
	}
	s.Kill(t)
	clients.Wait()
	require.NotEmpty(t, taken)
	return taken, lost
}
