package task

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	leaseLength    = 30 * time.Second
	defaultTimeout = 25 * time.Second
	poll           = time.Second // finds what other instances recorded, what is due by the clock, and lost leases
	batch          = 32
	workers        = 16
	maxBackoff     = time.Minute
)

// Runner runs the due tasks of one schema. Several instances may run on the same schema.
type Runner struct {
	db       *sqldb.DB
	queue    *Queue
	now      func() time.Time
	log      *slog.Logger
	handlers map[string]Handler

	slots  chan struct{} // bounds tasks in flight
	cancel context.CancelFunc
	loop   chan struct{} // closed when the loop has ended
	tasks  sync.WaitGroup
}

// NewRunner makes the runner of one schema; it does nothing before Start.
func NewRunner(db *sqldb.DB, q *Queue, now func() time.Time, log *slog.Logger, handlers ...Handler) *Runner {
	r := &Runner{
		db: db, queue: q, now: now, log: log.With(slog.String("module", db.Module())),
		handlers: make(map[string]Handler, len(handlers)), slots: make(chan struct{}, workers),
		cancel: func() {}, loop: make(chan struct{}),
	}
	for _, h := range handlers {
		if h.Timeout == 0 {
			h.Timeout = defaultTimeout
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
	go func() {
		defer close(r.loop)
		r.run(run)
	}()
	return nil
}

// Stop begins no further task, and waits for the running ones until ctx ends; those that it leaves
// behind run again elsewhere when their lease ends.
func (r *Runner) Stop(ctx context.Context) error {
	r.cancel()
	done := make(chan struct{})
	go func() {
		<-r.loop
		r.tasks.Wait()
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
	free := cap(r.slots) - len(r.slots)
	if free == 0 {
		return nil // whoever finishes wakes the loop
	}
	leases, err := r.claim(ctx, min(free, batch))
	for _, l := range leases {
		r.slots <- struct{}{}
		r.tasks.Add(1)
		go func() {
			defer r.tasks.Done()
			defer func() { <-r.slots; r.queue.wakeIfFull(free == len(leases)) }()
			r.do(context.WithoutCancel(ctx), l)
		}()
	}
	return err
}

// wakeIfFull: when the claim filled all slots, more may be waiting.
func (q *Queue) wakeIfFull(full bool) {
	if full {
		q.Wake()
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

type taskRow struct {
	ID       id.UUID `db:"id"`
	Kind     string  `db:"kind"`
	Key      string  `db:"task_key"`
	Payload  []byte  `db:"payload"`
	Attempts int     `db:"attempts"`
}

const (
	selectDue = `SELECT id, kind, task_key, payload, attempts FROM bus_task
		WHERE state = 'due' AND run_at <= ? AND leased_until < `
	orderDue   = ` ORDER BY run_at LIMIT ?`
	takeLease  = `UPDATE bus_task SET lease = ?, attempts = attempts + 1, leased_until = ? + `
	whereFree  = ` WHERE id IN (?) AND leased_until < `
	selectMine = `SELECT id, kind, task_key, payload, attempts FROM bus_task WHERE id IN (?) AND lease = ?`
)

// claim leases up to limit due tasks: one read, one guarded UPDATE. Two instances that read the same
// rows share them out by the guard, and then each reads which ones it got.
func (r *Runner) claim(ctx context.Context, limit int) ([]Lease, error) {
	clock := r.db.Engine().Clock()
	var due []taskRow
	if err := r.db.Select(ctx, &due, selectDue+clock+orderDue, r.now().UnixMicro(), limit); err != nil {
		return nil, fmt.Errorf("read due tasks: %w", err)
	}
	if len(due) == 0 {
		return nil, nil
	}
	ids := make([]id.UUID, len(due))
	for i, row := range due {
		ids[i] = row.ID
	}
	token := id.New()
	err := sqldb.InTx(ctx, r.db, func(tx *sqldb.Tx) error {
		n, err := tx.ExecIn(ctx, takeLease+clock+whereFree+clock, token, leaseLength.Microseconds(), ids)
		if err != nil || n == int64(len(ids)) {
			return err
		}
		due = due[:0]
		return tx.SelectIn(ctx, &due, selectMine, ids, token)
	})
	if err != nil {
		return nil, fmt.Errorf("lease tasks: %w", err)
	}
	leases := make([]Lease, len(due))
	for i, row := range due {
		leases[i] = Lease{
			ID: row.ID, Kind: row.Kind, Key: row.Key, Attempt: row.Attempts + 1, Payload: json.RawMessage(row.Payload),
			token: token, finished: new(bool),
		}
	}
	return leases, nil
}

func (r *Runner) do(ctx context.Context, l Lease) {
	h, ok := r.handlers[l.Kind]
	if !ok {
		r.settle(ctx, l, h, fmt.Errorf("no handler for tasks of kind %q", l.Kind))
		return
	}
	bounded, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	err := guarded(bounded, h, l)
	if *l.finished {
		return
	}
	r.settle(ctx, l, h, err)
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
	if h.MaxAttempts > 0 && l.Attempt >= h.MaxAttempts {
		state = "dead"
	}
	_, err := tx.Exec(ctx, reschedule, state, now.Add(backoff(l.Attempt)).UnixMicro(), l.Attempt,
		abbreviate(runErr.Error()), l.ID, l.token)
	return err
}

func backoff(attempt int) time.Duration {
	return min(time.Second<<min(attempt-1, 10), maxBackoff)
}

func abbreviate(text string) string { return text[:min(len(text), 500)] }
