package task

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	maxTimeout = 25 * time.Second
	poll       = time.Second // finds what other instances recorded, what is due by the clock, and lost leases
)

// Runner runs the due tasks of one schema. Several instances may run on the same schema.
type Runner struct {
	db       *sqldb.DB
	queue    *Queue
	now      func() time.Time
	log      *slog.Logger
	handlers map[string]Handler
	answers  map[string]*answers // by kind, of handlers for sets
	holding  *holding

	cancel  context.CancelFunc
	running sync.WaitGroup // the loop and the tasks
}

// NewRunner makes the runner of one schema; it does nothing before Start.
func NewRunner(db *sqldb.DB, q *Queue, now func() time.Time, log *slog.Logger, handlers ...Handler) *Runner {
	log = log.With(slog.String("module", db.Module()))
	r := &Runner{
		db: db, queue: q, now: now, log: log, holding: newHolding(db, log),
		handlers: make(map[string]Handler, len(handlers)), answers: make(map[string]*answers),
		cancel: func() {},
	}
	for _, h := range handlers {
		if h.Timeout == 0 || h.Timeout > maxTimeout {
			h.Timeout = maxTimeout
		}
		if h.Run != nil {
			h.parts = whole(h.Run)
		} else {
			r.answers[h.Kind] = &answers{}
		}
		r.handlers[h.Kind] = h
	}
	return r
}

// Start writes the rows of recurring tasks and begins to run what is due.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.ensureRecurring(ctx); err != nil {
		return err
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r.cancel = cancel
	r.running.Go(func() { boundary.Do(run, r.db.Module(), r.run) })
	return nil
}

// Stop begins no further task, and waits until the running ones are done and recorded, or ctx ends; those
// that it leaves behind run again elsewhere when their lease ends.
func (r *Runner) Stop(ctx context.Context) error {
	r.cancel()
	done := make(chan struct{})
	go func() {
		r.running.Wait()
		r.holding.renewer.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop tasks of %s: %w", r.db.Module(), ctx.Err())
	}
}

func (r *Runner) ensureRecurring(ctx context.Context) error {
	for _, h := range r.handlers {
		if h.Every == 0 {
			continue
		}
		err := sqldb.InTx(ctx, r.db, func(tx *sqldb.Tx) error {
			now := r.now().UnixMicro()
			_, err := tx.Exec(ctx, insertTasks+sqldb.Placeholders(1, taskColumns),
				id.New(), h.Kind, h.Kind, []byte("{}"), "due", now, h.Every.Microseconds(), 0, 0, "", now)
			if sqldb.IsDuplicate(err) {
				return nil
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("record recurring task %s: %w", h.Kind, err)
		}
	}
	return nil
}

func (r *Runner) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.queue.wake:
		case <-timer.C:
			timer.Reset(poll + rand.N(poll/10)) //nolint:gosec // jitter
		}
		if err := r.guarded(ctx, func() error { return r.runOnce(ctx) }); err != nil && ctx.Err() == nil {
			r.log.Error("tasks not claimed", slog.Any("error", err))
		}
	}
}

// runOnce claims what is due and starts it, as far as there is room.
func (r *Runner) runOnce(ctx context.Context) error {
	leases, err := r.take(ctx)
	ctx = context.WithoutCancel(ctx)
	for _, alike := range byKind(leases) {
		h := r.handler(alike[0].Kind)
		r.running.Go(func() {
			r.perform(ctx, h, alike, func(f func()) {
				r.running.Go(func() {
					f()
					r.flush(ctx, h)
				})
			})
		})
	}
	return err
}

// RunDue claims and runs what is due now, one task after the other and then what their answers bring, and
// answers how many ran. It is what the loop does, for tests that have no loop.
func (r *Runner) RunDue(ctx context.Context) (int, error) {
	if err := r.ensureRecurring(ctx); err != nil {
		return 0, err
	}
	leases, err := r.take(ctx)
	for _, alike := range byKind(leases) {
		h := r.handler(alike[0].Kind)
		r.perform(ctx, h, alike, inTurn)
		r.flush(ctx, h)
	}
	r.holding.renewer.Wait()
	return len(leases), err
}
