package task

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	// A lease is short, so that another instance goes on soon after one has died, and is renewed while
	// its task runs.
	leaseLength = 5 * time.Second
	renewEvery  = leaseLength / 3
	maxTimeout  = 25 * time.Second
	poll        = time.Second // finds what other instances recorded, what is due by the clock, and lost leases
	batch       = 32          // of RunDue
	workers     = 16
	maxBackoff  = time.Minute
	maxError    = 500 // bytes
)

// Runner runs the due tasks of one schema. Several instances may run on the same schema.
type Runner struct {
	db       *sqldb.DB
	queue    *Queue
	now      func() time.Time
	log      *slog.Logger
	handlers map[string]Handler

	slots   chan struct{} // bounds tasks in flight
	waiting atomic.Bool   // due tasks may be left for want of a slot
	cancel  context.CancelFunc
	running sync.WaitGroup // the loop and the tasks
}

// NewRunner makes the runner of one schema; it does nothing before Start.
func NewRunner(db *sqldb.DB, q *Queue, now func() time.Time, log *slog.Logger, handlers ...Handler) *Runner {
	r := &Runner{
		db: db, queue: q, now: now, log: log.With(slog.String("module", db.Module())),
		handlers: make(map[string]Handler, len(handlers)), slots: make(chan struct{}, workers),
		cancel: func() {},
	}
	for _, h := range handlers {
		if h.Timeout == 0 || h.Timeout > maxTimeout {
			h.Timeout = maxTimeout
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
	r.running.Go(func() { r.run(run) })
	return nil
}

// Stop begins no further task, and waits for the running ones until ctx ends; those that it leaves
// behind run again elsewhere when their lease ends.
func (r *Runner) Stop(ctx context.Context) error {
	r.cancel()
	done := make(chan struct{})
	go func() {
		r.running.Wait()
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
			_, err := tx.Exec(ctx, insertTask, id.New(), h.Kind, h.Kind, []byte("{}"), now, h.Every.Microseconds(), now)
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
		if err := r.runOnce(ctx); err != nil && ctx.Err() == nil {
			r.log.Error("tasks not claimed", slog.Any("error", err))
		}
	}
}

// runOnce claims what is due and starts it, as far as there are free slots.
func (r *Runner) runOnce(ctx context.Context) error {
	r.waiting.Store(true) // before counting: whoever frees a slot from here on wakes the loop
	free := cap(r.slots) - len(r.slots)
	if free == 0 {
		return nil
	}
	leases, err := r.claim(ctx, free)
	if len(leases) < free {
		r.waiting.Store(false)
	}
	for _, l := range leases {
		r.slots <- struct{}{} // never waits: only this loop takes slots
		r.running.Go(func() {
			defer r.freeSlot()
			r.do(context.WithoutCancel(ctx), l)
		})
	}
	return err
}

func (r *Runner) freeSlot() {
	<-r.slots
	if r.waiting.Swap(false) {
		r.queue.Wake()
	}
}

// RunDue claims and runs what is due now, one task after the other, and answers how many ran. It is
// what the loop does, for tests that have no loop.
func (r *Runner) RunDue(ctx context.Context) (int, error) {
	if err := r.ensureRecurring(ctx); err != nil {
		return 0, err
	}
	leases, err := r.claim(ctx, batch)
	for _, l := range leases {
		r.do(ctx, l)
	}
	return len(leases), err
}

func (r *Runner) do(ctx context.Context, l Lease) {
	h, ok := r.handlers[l.Kind]
	if !ok {
		r.settle(ctx, l, h, fmt.Errorf("no handler for tasks of kind %q", l.Kind))
		return
	}
	bounded, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	err := r.holding(bounded, h, l)
	if *l.completed && err == nil {
		return // the row is gone; after an error it may be there still, and settle finds out
	}
	r.settle(ctx, l, h, err)
}

// holding runs a task and renews its lease meanwhile.
func (r *Runner) holding(ctx context.Context, h Handler, l Lease) error {
	renew, stop := context.WithCancel(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { r.renew(renew, l) })
	defer renewing.Wait()
	defer stop()
	return guarded(ctx, h, l)
}

const extendLease = "UPDATE bus_task SET leased_until = ? + "

// renew extends a lease until ctx ends. One that could not be extended, or is lost, does no harm:
// whoever has it then works with the same key, and the completion is guarded.
func (r *Runner) renew(ctx context.Context, l Lease) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := sqldb.InTx(ctx, r.db, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, extendLease+r.db.Engine().Clock()+" WHERE id = ? AND lease = ?",
				leaseLength.Microseconds(), l.ID, l.token)
			return err
		})
		if err != nil && ctx.Err() == nil {
			r.log.Warn("lease not renewed", slog.String("kind", l.Kind), slog.String("key", l.Key), slog.Any("error", err))
		}
	}
}

// guarded turns a panic into an error: the task is tried again, the process goes on.
func guarded(ctx context.Context, h Handler, l Lease) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return h.Run(ctx, l)
}

// settle writes what became of a run that did not complete its task itself.
func (r *Runner) settle(ctx context.Context, l Lease, h Handler, runErr error) {
	if errors.Is(runErr, ErrLeaseLost) {
		r.log.Warn("task was taken over", slog.String("kind", l.Kind), slog.String("key", l.Key))
		return
	}
	if runErr != nil {
		r.log.Warn("task will run again", slog.String("kind", l.Kind), slog.String("key", l.Key),
			slog.Int("attempt", l.Attempt), slog.Any("error", runErr))
	}
	err := sqldb.InTx(ctx, r.db, func(tx *sqldb.Tx) error { return r.record(ctx, tx, l, h, runErr) })
	if err != nil {
		// The lease ends by itself, and the task runs again.
		r.log.Error("task result not recorded", slog.String("kind", l.Kind), slog.Any("error", err))
	}
}

const reschedule = `UPDATE bus_task SET state = ?, run_at = ?, leased_until = 0, attempts = ?, error = ?
	WHERE id = ? AND lease = ?`

func (r *Runner) record(ctx context.Context, tx *sqldb.Tx, l Lease, h Handler, runErr error) error {
	now := r.now()
	switch {
	case runErr == nil && h.Every == 0:
		return l.Complete(ctx, tx)
	case runErr == nil:
		_, err := tx.Exec(ctx, reschedule, "due", now.Add(h.Every).UnixMicro(), 0, "", l.ID, l.token)
		return err
	}
	state := "due"
	if h.MaxAttempts > 0 && l.Attempt >= h.MaxAttempts && h.Every == 0 {
		state = "dead"
	}
	_, err := tx.Exec(ctx, reschedule, state, now.Add(backoff(l.Attempt)).UnixMicro(), l.Attempt,
		sqldb.Fit(runErr.Error(), maxError), l.ID, l.token)
	return err
}

func backoff(attempt int) time.Duration {
	return min(time.Second<<min(attempt-1, 10), maxBackoff)
}
