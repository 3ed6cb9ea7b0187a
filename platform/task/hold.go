package task

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	// A lease is short, so that another instance goes on soon after one has died, and is renewed while
	// its task runs and waits to be recorded.
	leaseLength = 5 * time.Second
	renewEvery  = leaseLength / 3
	// maxHeld bounds the tasks in flight. Most wait for the other side, or for the record before theirs:
	// with fewer, sets would stay small.
	maxHeld = 64
)

// holding is the leases that a runner has. It renews all of them at once, as long as there are any.
type holding struct {
	db      *sqldb.DB
	log     *slog.Logger
	renewer sync.WaitGroup

	mu     sync.Mutex
	leases map[leaseKey]Lease
	stop   context.CancelFunc // ends the renewing
	asked  bool               // due tasks may be left for want of room
}

// leaseKey: a task that was lost may be leased again while its first run goes on.
type leaseKey struct{ task, token id.UUID }

func newHolding(db *sqldb.DB, log *slog.Logger) *holding {
	return &holding{db: db, log: log, leases: make(map[leaseKey]Lease)}
}

// room is how many more tasks may be taken. Until satisfied is called, whoever releases one is told that
// it was waited for.
func (h *holding) room() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = true
	return maxHeld - len(h.leases)
}

func (h *holding) satisfied() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = false
}

// add begins to renew leases.
func (h *holding) add(ctx context.Context, leases []Lease) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.leases) == 0 && len(leases) > 0 {
		renewing, stop := context.WithCancel(ctx)
		h.stop = stop
		h.renewer.Go(func() { h.renew(renewing) })
	}
	for _, l := range leases {
		h.leases[leaseKey{l.ID, l.token}] = l
	}
}

// release lets leases go, whatever became of their tasks, and answers whether room was waited for.
func (h *holding) release(leases ...Lease) (wanted bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range leases {
		delete(h.leases, leaseKey{l.ID, l.token})
	}
	if len(h.leases) == 0 {
		h.stop()
	}
	wanted, h.asked = h.asked, false
	return wanted
}

func (h *holding) all() []Lease {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Values(h.leases))
}

const extendLeases = "UPDATE bus_task SET leased_until = ? + "

// renew extends the leases until ctx ends. One that could not be extended, or is lost, does no harm:
// whoever has it then works with the same key, and the completion is guarded.
func (h *holding) renew(ctx context.Context) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := boundary.Fenced(ctx, h.log, func() error { return h.extend(ctx, h.all()) })
		if err != nil && ctx.Err() == nil {
			h.log.Warn("leases not renewed", slog.Any("error", err))
		}
	}
}

func (h *holding) extend(ctx context.Context, leases []Lease) error {
	if len(leases) == 0 {
		return nil
	}
	where, args := held(leases)
	return sqldb.InTx(ctx, h.db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, extendLeases+h.db.Engine().Clock()+" WHERE "+where,
			append([]any{leaseLength.Microseconds()}, args...)...)
		return err
	})
}
