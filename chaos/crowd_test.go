package chaos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
)

// crowd is customers, and a packer for their parcels.
type crowd struct {
	shop   *shop
	seed   int64
	pieces map[string]int64
	again  atomic.Int64 // requests that had to be repeated

	mu      sync.Mutex
	kept    []string // orders that were promised
	wrong   []string // answers that nobody should get
	running sync.WaitGroup
	cancel  context.CancelFunc
}

func newCrowd(s *shop, seed int64) *crowd {
	return &crowd{
		shop: s, seed: seed, cancel: func() {},
		pieces: map[string]int64{"TEA": 1_000_000, "CUP": 1_000_000, "RARE": 200},
	}
}

// open lets the customers in.
func (c *crowd) open(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c.cancel = cancel
	t.Cleanup(cancel)
	for n := range customers {
		r := rand.New(rand.NewPCG(uint64(c.seed), uint64(n)+10))
		c.running.Go(func() {
			for ctx.Err() == nil {
				c.shopping(t.Context(), r)
			}
		})
	}
}

// close lets nobody in any more, and waits until those who are there have been answered.
func (c *crowd) close(t *testing.T) {
	t.Helper()
	c.cancel()
	served := make(chan struct{})
	go func() {
		c.running.Wait()
		close(served)
	}()
	select {
	case <-served:
	case <-time.After(patience):
		require.Fail(t, "customers are not answered")
	}
	require.Empty(t, c.wrong)
}

// shopping is one purchase, and what may follow it.
func (c *crowd) shopping(ctx context.Context, r *rand.Rand) {
	p := shoptest.Buy([]string{"TEA", "CUP"}[r.IntN(2)], 1+r.Int64N(3))
	if r.IntN(10) == 0 {
		p.Lines = append(p.Lines, shoptest.Line{SKU: "RARE", Quantity: 1})
	}
	p = p.By([]string{"tok_ok", "tok_ok", "tok_ok", "tok_ok", "tok_ok", "tok_slow", "tok_declined"}[r.IntN(7)])
	a := c.until(ctx, r, func(ctx context.Context, s *shoptest.Server) (shoptest.Answer, error) { return s.Post(ctx, p) })
	switch a.Status {
	case http.StatusCreated:
	case http.StatusConflict: // the rare ones are gone
		c.expect(len(p.Lines) == 2, "order refused: "+a.Body)
		return
	default:
		c.expect(ctx.Err() != nil, fmt.Sprint("order answered ", a.Status, ": ", a.Body))
		return
	}
	c.promised(a.OrderID())
	switch r.IntN(10) {
	case 0:
		token := a.Read("access_token")
		c.until(ctx, r, func(ctx context.Context, s *shoptest.Server) (shoptest.Answer, error) {
			return s.Send(ctx, http.MethodPost, "/v1/orders/"+a.OrderID()+"/cancel", `{"reason":"changed my mind"}`, "Authorization", "Bearer "+token)
		})
	case 1, 2, 3:
		c.deliver(ctx, r, a.OrderID())
	}
}

// deliver looks for the parcel, which may not be there yet, and brings it to its customer.
func (c *crowd) deliver(ctx context.Context, r *rand.Rand, order string) {
	asOperator := []string{"Authorization", "Bearer " + shoptest.OperatorToken}
	found := c.until(ctx, r, func(ctx context.Context, s *shoptest.Server) (shoptest.Answer, error) {
		return s.Send(ctx, http.MethodGet, "/v1/shipments?order_id="+order, "", asOperator...)
	})
	parcel := found.Read("items", "0", "id")
	if parcel == "" {
		return
	}
	for _, body := range []string{`{"type":"packed"}`, `{"type":"shipped","carrier":"cj","tracking_number":"` + parcel + `"}`, `{"type":"delivered"}`} {
		c.until(ctx, r, func(ctx context.Context, s *shoptest.Server) (shoptest.Answer, error) {
			return s.Send(ctx, http.MethodPost, "/v1/shipments/"+parcel+"/events", body, asOperator...)
		})
	}
}

// until asks one server or another until one answers.
func (c *crowd) until(ctx context.Context, r *rand.Rand, ask func(ctx context.Context, s *shoptest.Server) (shoptest.Answer, error)) shoptest.Answer {
	for ctx.Err() == nil {
		limited, cancel := context.WithTimeout(ctx, 4*time.Second)
		a, err := ask(limited, c.shop.server(r.IntN(len(c.shop.instances))))
		cancel()
		if err == nil && a.Status < 500 && a.Status != http.StatusTooManyRequests {
			return a
		}
		c.again.Add(1)
		select {
		case <-time.After(time.Duration(20+r.IntN(60)) * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return shoptest.Answer{}
}

func (c *crowd) promised(order string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = append(c.kept, order)
}

func (c *crowd) expect(ok bool, otherwise string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !ok {
		c.wrong = append(c.wrong, otherwise)
	}
}

// requireAllKept: there is an order for each that was promised, and no other, and each took every step of
// its way once.
func (c *crowd) requireAllKept(t *testing.T, b shoptest.Books) {
	t.Helper()
	promised := map[string]bool{}
	for _, id := range c.kept {
		require.False(t, promised[id], "two keys gave one order")
		promised[id] = true
		require.Contains(t, b.Orders, id, "a promise was lost")
	}
	require.Len(t, b.Orders, len(promised), "an order that nobody was told of, although everybody asked until he was answered")
	s := c.shop.server(0)
	shoptest.Each(t, customers, len(c.kept), func(i int) {
		steps := map[string]bool{}
		for _, step := range s.Causes(t, c.kept[i]) { // which sees that its numbers have no gap
			require.False(t, steps[step], "order %s took a step twice: %s", c.kept[i], step)
			steps[step] = true
		}
	})
}
