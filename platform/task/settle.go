package task

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	maxBackoff = time.Minute
	maxError   = 500 // bytes
)

// end is the end of one run, or of a set whose answers were recorded, in which case err is nil.
func (r *Runner) end(ctx context.Context, h Handler, err error, leases ...Lease) {
	for _, l := range leases {
		// After an error the row may be there still, even if its completion was tried: settle finds out.
		if err != nil || !*l.completed {
			r.settle(ctx, h, l, err)
		}
	}
	if r.holding.release(leases...) {
		r.queue.Wake()
	}
}

// settle writes what became of a run that did not complete its task itself.
func (r *Runner) settle(ctx context.Context, h Handler, l Lease, runErr error) {
	if errors.Is(runErr, ErrLeaseLost) {
		r.log.Warn("task was taken over", slog.String("kind", l.Kind), slog.String("key", l.Key))
		return
	}
	if runErr != nil {
		r.log.Warn("task will run again", slog.String("kind", l.Kind), slog.String("key", l.Key),
			slog.Int("attempt", l.Attempt), slog.Any("error", runErr))
	}
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	err := r.guarded(ctx, func() error {
		return sqldb.InTx(ctx, r.db, func(tx *sqldb.Tx) error { return r.reschedule(ctx, tx, h, l, runErr) })
	})
	if err != nil {
		// The lease ends by itself, and the task runs again.
		r.log.Error("task result not recorded", slog.String("kind", l.Kind), slog.Any("error", err))
	}
}

// Without its lease the task can't be renewed by a statement that is on its way. The state guard: one
// that was cancelled while it ran stays so.
const rescheduleTask = `UPDATE bus_task SET state = ?, run_at = ?, lease = NULL, leased_until = 0, attempts = ?, error = ?
	WHERE id = ? AND lease = ? AND state = 'due'`

func (r *Runner) reschedule(ctx context.Context, tx *sqldb.Tx, h Handler, l Lease, runErr error) error {
	now := r.now()
	switch {
	case runErr == nil && h.Every == 0:
		return l.Complete(ctx, tx)
	case runErr == nil:
		_, err := tx.Exec(ctx, rescheduleTask, "due", now.Add(h.Every).UnixMicro(), 0, "", l.ID, l.token)
		return err
	}
	state := "due"
	if h.MaxAttempts > 0 && l.Attempt >= h.MaxAttempts && h.Every == 0 {
		state = "dead"
	}
	_, err := tx.Exec(ctx, rescheduleTask, state, now.Add(backoff(l.Attempt)).UnixMicro(), l.Attempt,
		sqldb.Fit(runErr.Error(), maxError), l.ID, l.token)
	return err
}

func backoff(attempt int) time.Duration {
	return min(time.Second<<min(attempt-1, 10), maxBackoff)
}
