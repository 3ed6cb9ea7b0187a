// Package task runs durable tasks: work that leaves the process (a provider, a carrier) and work
// that recurs. A task is a row, written in the transaction of the effect that wants it, so that no
// crash forgets it. One instance at a time holds its lease, measured by the database's clock and renewed
// while the task runs; a task whose instance died runs again when the lease ends, after seconds, so a
// handler calls the other side with a deterministic key (Task.Key).
package task

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Errors of the package.
var (
	// ErrLeaseLost: another instance has taken the task over; the transaction must not commit.
	ErrLeaseLost = fault.New(fault.Conflict, "task_lease_lost", "The task is no longer held.")
	// ErrDuplicate: a task of this kind and key exists.
	ErrDuplicate = fault.New(fault.Conflict, "task_exists", "There is such a task already.")
)

// Handler does the work of one kind of task.
type Handler struct {
	Kind string
	// Run does the work. The row goes away when Run answers nil: in Run's own transaction if it calls
	// Lease.Complete there (so that effect and completion are one), else in one of the runner's. After
	// an error the task runs again, with a pause that doubles from 1 s to 1 min.
	Run func(ctx context.Context, t Lease) error
	// Timeout bounds one run; 25 s if zero and at most, so that a stopping server can wait for it.
	Timeout time.Duration
	// MaxAttempts, if not zero, is how often a failing task runs before it is set aside as dead. A
	// recurring task never is.
	MaxAttempts int
	// Every, if not zero, makes a recurring task: Start writes its row, and it is due again Every
	// after each run. Its key is its kind, and Run doesn't complete it.
	Every time.Duration
}

// Lease is a task that this instance holds.
type Lease struct {
	ID        id.UUID
	Kind      string
	Key       string
	Attempt   int // 1 at first
	Payload   json.RawMessage
	token     id.UUID
	recurs    bool
	completed *bool // set by Complete's commit, or by its unknown outcome
}

// Decode reads the payload.
func (l Lease) Decode(dst any) error {
	if err := json.Unmarshal(l.Payload, dst); err != nil {
		return fmt.Errorf("payload of task %s %s: %w", l.Kind, l.Key, err)
	}
	return nil
}

const deleteLeased = "DELETE FROM bus_task WHERE id = ? AND lease = ?"

// Complete removes the task in the transaction of its effect. It returns ErrLeaseLost, after which
// the transaction must roll back: somebody else does the work now.
func (l Lease) Complete(ctx context.Context, tx *sqldb.Tx) error {
	if l.recurs {
		return fmt.Errorf("complete task %s: it recurs, and would not any more", l.Kind)
	}
	n, err := tx.ExecCount(ctx, deleteLeased, l.ID, l.token)
	if err != nil {
		return fmt.Errorf("complete task %s %s: %w", l.Kind, l.Key, err)
	}
	if n == 0 {
		return ErrLeaseLost
	}
	completed := l.completed
	tx.OnCommit(func() { *completed = true })
	return nil
}

// Queue records tasks of one module.
type Queue struct {
	now  func() time.Time
	wake chan struct{}
}

// NewQueue makes the queue of one schema. One Runner may serve it.
func NewQueue(now func() time.Time) *Queue {
	return &Queue{now: now, wake: make(chan struct{}, 1)}
}

const insertTask = `INSERT INTO bus_task
	(id, kind, task_key, payload, state, run_at, every, attempts, leased_until, error, created_at)
	VALUES (?, ?, ?, ?, 'due', ?, ?, 0, 0, '', ?)`

// Enqueue records a task to run at once, or at notBefore if that is later. Key is unique within the
// kind, at most 190 characters; it returns ErrDuplicate when it exists, and the transaction may go on.
func (q *Queue) Enqueue(ctx context.Context, tx *sqldb.Tx, kind, key string, payload any, notBefore time.Time) error {
	body, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("payload of task %s: %w", kind, err)
	}
	now := q.now()
	runAt := max(now.UnixMicro(), notBefore.UnixMicro())
	_, err = tx.Exec(ctx, insertTask, id.New(), kind, key, body, runAt, 0, now.UnixMicro())
	if sqldb.IsDuplicate(err) {
		return ErrDuplicate
	}
	if err != nil {
		return fmt.Errorf("enqueue %s %s: %w", kind, key, err)
	}
	tx.OnCommit(q.Wake)
	return nil
}

// Wake lets the runner look now.
func (q *Queue) Wake() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}
