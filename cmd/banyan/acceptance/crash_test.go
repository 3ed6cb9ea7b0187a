package acceptance_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
		s := open(t, e)
		pieces := map[string]int64{"TEA": 100_000, "CUP": 100_000}
		s.offer(t, pieces)
		answered, unanswered := map[string]purchase{}, []purchase{}
		for range kills {
			taken, lost := s.placeUntilKilled(t)
			for id, p := range taken {
				require.NotContains(t, answered, id)
				answered[id] = p
			}
			unanswered = append(unanswered, lost...)
			s.restart(t)
		}
		restarted := time.Now()
		for id, p := range answered {
			require.Equal(t, id, s.place(t, p).ID, "the key gives the order that it gave before")
		}
		for _, p := range unanswered {
			id := s.place(t, p).ID
			require.NotContains(t, answered, id)
			answered[id] = p
		}
		s.awaitDrained(t)
		took := time.Since(restarted)
		t.Logf("%d orders, %d of them asked for again; drained %s after the last start", len(answered), len(unanswered), took)
		b := s.requireSound(t, pieces)
		require.Len(t, b.orders, len(answered), "nobody's order, or two of one key")
		for id, p := range answered {
			s.requireSettledOnce(t, b, id, p)
		}
		require.Less(t, took, drainGoal)
	})
}

// requireSettledOnce: the order became what its payment says, by one attempt and each step once.
func (s *server) requireSettledOnce(t *testing.T, b books, id string, p purchase) {
	t.Helper()
	want := []string{"pending_payment by placed", "confirmed by payment.authorized"}
	if p.token == "tok_declined" {
		want[1] = "pending_payment by payment.declined"
	}
	require.Equal(t, want, s.causes(t, id))
	require.Len(t, b.payments[id], 1)
}

// placeUntilKilled has clients place orders, and kills the server amid them. It answers the purchases
// that were taken, by order, and those that nobody answered.
func (s *server) placeUntilKilled(t *testing.T) (taken map[string]purchase, lost []purchase) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	taken = map[string]purchase{}
	var mu sync.Mutex
	enough := make(chan struct{})
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				p := buy([]string{"TEA", "CUP"}[(i+n)%2], int64(1+n%3)).by([]string{"tok_ok", "tok_declined"}[n%2])
				p.lines = append(p.lines, line{[]string{"CUP", "TEA"}[(i+n)%2], 1})
				a, err := s.post(ctx, p)
				mu.Lock()
				if err != nil || a.status != http.StatusCreated {
					lost = append(lost, p)
					mu.Unlock()
					return
				}
				taken[orderID(a)] = p
				if len(taken) == crashOrders {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	select {
	case <-enough:
	case <-time.After(patience):
	}
	s.kill(t)
	clients.Wait()
	require.NotEmpty(t, taken)
	return taken, lost
}

// orderID reads the address of a placed order.
func orderID(a answer) string { return a.header.Get("Location")[len("/v1/orders/"):] }
