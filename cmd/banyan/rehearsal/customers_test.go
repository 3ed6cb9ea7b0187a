package rehearsal_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
)

// customers order all the time. Whoever hears nothing, or of trouble, asks again with the same key.
type customers struct {
	shop   *shoptest.Server
	cancel context.CancelFunc
	all    sync.WaitGroup

	mu       sync.Mutex
	kept     map[string]shoptest.Purchase // by order
	placed   []placing
	troubles []trouble
}

// placing is one order that was answered 201.
type placing struct {
	at   time.Time
	took time.Duration // from the first time that it was asked for
}

// trouble is a request that was not answered as it should be.
type trouble struct {
	from, to time.Time
	of       string // the module whose operation it was
	what     string
}

const (
	crowd       = 4
	think       = 60 * time.Millisecond // between two requests of a customer
	tryAgain    = 50 * time.Millisecond
	askingLimit = 10 * time.Second

	// A call of a contract is not tried for so long after the one before it found nobody (platform/remote), and a
	// moment for the trial.
	breakerRests = 2500 * time.Millisecond
)

func newCustomers(t *testing.T, trunk string) *customers {
	t.Helper()
	return &customers{shop: shoptest.At("http://" + trunk), kept: map[string]shoptest.Purchase{}}
}

func stockOfTheShop() map[string]int64 {
	return map[string]int64{"TEA": 1_000_000, "CUP": 1_000_000}
}

// open lets them in.
func (c *customers) open(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c.cancel = cancel
	t.Cleanup(cancel)
	for n := range crowd {
		r := rand.New(rand.NewPCG(7, uint64(n)))
		c.all.Go(func() {
			for ctx.Err() == nil {
				c.shopping(ctx, t.Context(), r)
			}
		})
	}
}

// close lets nobody in any more, and waits until those who are there have been answered.
func (c *customers) close(t *testing.T) {
	t.Helper()
	c.cancel()
	served := make(chan struct{})
	go func() {
		c.all.Wait()
		close(served)
	}()
	select {
	case <-served:
	case <-time.After(shoptest.Patience):
		require.Fail(t, "customers are not answered")
	}
}

// shopping is one purchase, a look at the order, at its payments and at its parcel. One that has begun ends, whether or not
// the shop has closed meanwhile.
func (c *customers) shopping(open, test context.Context, r *rand.Rand) {
	p := shoptest.Buy([]string{"TEA", "CUP"}[r.IntN(2)], 1+r.Int64N(3))
	if r.IntN(8) == 0 {
		p = p.By("tok_declined")
	}
	begun := time.Now()
	a := c.until(test, "order", func(ctx context.Context) (shoptest.Answer, error) { return c.shop.Post(ctx, p) })
	if a.Status != http.StatusCreated {
		c.note(test, trouble{begun, time.Now(), "nobody", fmt.Sprint("order answered ", a.Status, ": ", a.Body)})
		return
	}
	c.promised(a.OrderID(), p, begun)
	by := []string{"Authorization", "Bearer " + a.Read("access_token")}
	var seen shoptest.Answer
	for _, look := range [][2]string{{"order", "/v1/orders/" + a.OrderID()}, {"payment", "/v1/payments?order_id=" + a.OrderID()}, {"shipping", "/v1/shipments?order_id=" + a.OrderID()}} {
		rest(open, think)
		seen, _ = c.once(test, look[0], func(ctx context.Context) (shoptest.Answer, error) {
			return c.shop.Send(ctx, http.MethodGet, look[1], "", by...)
		})
	}
	if parcel := seen.Read("items", "0", "id"); parcel != "" && r.IntN(3) == 0 {
		c.ship(test, parcel)
	}
}

// ship is the packer's work, whereupon the customer's money is taken. What was done the first time, and not heard of,
// may be refused the second time.
func (c *customers) ship(ctx context.Context, parcel string) {
	for _, body := range []string{`{"type":"packed"}`, `{"type":"shipped","carrier":"cj","tracking_number":"` + parcel + `"}`} {
		c.until(ctx, "shipping", func(ctx context.Context) (shoptest.Answer, error) {
			a, err := c.shop.Send(ctx, http.MethodPost, "/v1/shipments/"+parcel+"/events", body, "Authorization", "Bearer "+shoptest.OperatorToken)
			if a.Status == http.StatusConflict {
				a.Status = http.StatusOK
			}
			return a, err
		})
	}
}

type asking func(context.Context) (shoptest.Answer, error)

// until asks until it is answered.
func (c *customers) until(ctx context.Context, of string, ask asking) shoptest.Answer {
	for ctx.Err() == nil {
		if a, ok := c.once(ctx, of, ask); ok {
			return a
		}
		rest(ctx, tryAgain)
	}
	return shoptest.Answer{}
}

// once asks, and notes what went wrong.
func (c *customers) once(ctx context.Context, of string, ask asking) (a shoptest.Answer, ok bool) {
	begun := time.Now()
	limited, cancel := context.WithTimeout(ctx, askingLimit)
	defer cancel()
	a, err := ask(limited)
	if err == nil && a.Status < http.StatusBadRequest {
		return a, true
	}
	what := fmt.Sprint(a.Status, " ", a.Body)
	if err != nil {
		what = err.Error()
	}
	c.note(ctx, trouble{begun, time.Now(), of, what})
	return a, false
}

func (c *customers) note(ctx context.Context, x trouble) {
	if ctx.Err() != nil { // the test has ended
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.troubles = append(c.troubles, x)
}

func (c *customers) promised(order string, p shoptest.Purchase, begun time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept[order] = p
	now := time.Now()
	c.placed = append(c.placed, placing{now, now.Sub(begun)})
}

// between is what was placed in a span of time.
func (c *customers) between(from, to time.Time) (placed []placing, troubles int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.placed {
		if p.at.After(from) && p.at.Before(to) {
			placed = append(placed, p)
		}
	}
	for _, x := range c.troubles {
		if x.from.After(from) && x.from.Before(to) {
			troubles++
		}
	}
	return placed, troubles
}

// requireOnlyExcused: whoever was not answered well had to do with a process that was away just then, and by which
// he could only be served: the trunk, or the branch where no other process hosts its module.
func (c *customers) requireOnlyExcused(t *testing.T, d *deployment) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	wrong := slices.DeleteFunc(slices.Clone(c.troubles), func(x trouble) bool {
		ofBranch := x.of == d.module || x.of == "order" && d.module == "catalog"
		from := x.from
		if d.module == "catalog" {
			from = from.Add(-breakerRests)
		}
		return d.wasAway("trunk", x.from, x.to) || ofBranch && d.wasAway("branch", from, x.to)
	})
	for _, x := range wrong[:min(5, len(wrong))] {
		t.Logf("%s to %s, %s: %s", x.from.Format(time.StampMilli), x.to.Format(time.StampMilli), x.of, x.what)
	}
	require.Empty(t, wrong, "customers met trouble that nothing excuses")
}

// rest waits, or until ctx ends.
func rest(ctx context.Context, length time.Duration) {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
