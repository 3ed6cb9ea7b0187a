package task

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/audit"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Errors of an operator's decisions. Of two operators who decide at once one is told these.
var (
	ErrNotRetriable   = fault.New(fault.Conflict, "task_not_retriable", "Only a dead or cancelled task is retried, and this one is neither, or not any more.")
	ErrNotCancellable = fault.New(fault.Conflict, "task_not_cancellable", "Only a task that is due and does not recur is cancelled.")
)

// The state guards: of two operators one changes the row. A task that is made due again has no lease, so
// that a run that is still going on can't write its result over the next one's. One that has run before
// keeps a trace of that: its handler must ask the other side what became of it.
const (
	reviveTask = `UPDATE bus_task SET state = 'due', attempts = CASE attempts WHEN 0 THEN 0 ELSE 1 END, run_at = ?,
		lease = NULL, leased_until = 0 WHERE id = ? AND state IN ('dead', 'cancelled')`
	cancelTask = `UPDATE bus_task SET state = 'cancelled', error = ? WHERE id = ? AND state = 'due' AND every = 0`
)

// Retry makes a dead or cancelled task due now, with all its attempts but the first (and with one at
// least); a running process finds it within a second. It returns ErrNotFound or ErrNotRetriable.
func Retry(ctx context.Context, db *sqldb.DB, taskID id.UUID, by audit.By) error {
	return decide(ctx, db, taskID, func(tx *sqldb.Tx, target string) error {
		n, err := tx.ExecCount(ctx, reviveTask, by.At.UnixMicro(), taskID)
		if err != nil {
			return fmt.Errorf("retry task %s: %w", taskID, err)
		}
		if n == 0 {
			return ErrNotRetriable
		}
		return by.Write(ctx, tx, "tasks.retry", target, n)
	})
}

// Cancel keeps a task from running again; its row stays, and so no other of its key can be recorded. What
// a run that is going on asks of the other side can't be taken back: if it succeeds, its effect is recorded
// and the task is done. Cancel returns ErrNotFound, ErrNotCancellable or audit.ErrReason.
func Cancel(ctx context.Context, db *sqldb.DB, taskID id.UUID, by audit.By) error {
	if err := by.RequireReason(); err != nil {
		return err
	}
	return decide(ctx, db, taskID, func(tx *sqldb.Tx, target string) error {
		n, err := tx.ExecCount(ctx, cancelTask, by.Reason, taskID)
		if err != nil {
			return fmt.Errorf("cancel task %s: %w", taskID, err)
		}
		if n == 0 {
			return ErrNotCancellable
		}
		return by.Write(ctx, tx, "tasks.cancel", target, n)
	})
}

// decide runs an operator's decision about a task in one transaction.
func decide(ctx context.Context, db *sqldb.DB, taskID id.UUID, decision func(tx *sqldb.Tx, target string) error) error {
	return sqldb.InTx(ctx, db, func(tx *sqldb.Tx) error {
		var row operatorRow
		if err := tx.Get(ctx, &row, selectTasks(tx.Engine())+"id = ?", taskID); err != nil {
			return readError(err, taskID)
		}
		return decision(tx, fmt.Sprintf("task %s %s", row.Kind, row.Key))
	})
}
