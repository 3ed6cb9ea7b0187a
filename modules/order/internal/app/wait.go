package app

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/store"
)

// lookAgain is how soon a waiting request finds what another instance committed.
const lookAgain = 200 * time.Millisecond

// Await answers the order when it has settled: it is no longer pending, or the result of its attempt
// to pay is known. It answers the order as it stands after limit, or when enough is ready. No database
// connection is held meanwhile. Whoever calls it has just placed the order or paid for it, and was
// admitted then. It returns the context's error.
func (a *Orders) Await(ctx context.Context, id order.ID, limit time.Duration, enough <-chan struct{}) (core.View, error) {
	if err := a.untilSettled(ctx, id, limit, enough); err != nil {
		return core.View{}, fmt.Errorf("wait for order %s: %w", id, err)
	}
	return a.view(ctx, id)
}

func (a *Orders) untilSettled(ctx context.Context, id order.ID, limit time.Duration, enough <-chan struct{}) error {
	committed, leave := a.waiting.join(id) // before the first look, so that no commit is missed
	defer leave()
	end := time.NewTimer(limit)
	defer end.Stop()
	look := time.NewTicker(a.lookAgain)
	defer look.Stop()
	for {
		settled, err := store.Settled(ctx, a.db, id)
		if err != nil || settled {
			return err
		}
		select {
		case <-committed:
		case <-look.C:
		case <-end.C:
			return nil
		case <-enough:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// waiters are the requests that wait for orders to settle. They are told of commits of this process;
// each then looks for himself.
type waiters struct {
	mu      sync.Mutex
	byOrder map[order.ID]map[chan struct{}]struct{}
}

func newWaiters() *waiters {
	return &waiters{byOrder: make(map[order.ID]map[chan struct{}]struct{})}
}

// join makes a channel that is ready after each commit that concerns the order; leave ends that.
func (w *waiters) join(id order.ID) (committed <-chan struct{}, leave func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := make(chan struct{}, 1)
	if w.byOrder[id] == nil {
		w.byOrder[id] = make(map[chan struct{}]struct{})
	}
	w.byOrder[id][c] = struct{}{}
	return c, func() { w.drop(id, c) }
}

func (w *waiters) drop(id order.ID, c chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.byOrder[id], c)
	if len(w.byOrder[id]) == 0 {
		delete(w.byOrder, id)
	}
}

func (w *waiters) wake(id order.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.byOrder[id] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
