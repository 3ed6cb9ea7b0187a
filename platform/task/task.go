// Package task runs durable tasks: work that leaves the process (a provider, a carrier) and work
// that recurs. A task is a row, written in the transaction of the effect that wants it, so that no
// crash forgets it. One instance at a time holds its lease, measured by the database's clock and renewed
// while the task runs; a task whose instance died runs again when the lease ends, after seconds, so a
// handler calls the other side with a deterministic key (Task.Key), and asks it first what became of a
// call that somebody may have made before (Lease.Attempt).
//
// A handler either runs one task at a time (Handler.Run), or is made for sets (OnSet): then the calls are
// still one for each task, but what they need is read, and what they bring recorded, for many at once.
package task

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
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
	// Run does the work of one task. The row goes away when Run answers nil: in Run's own transaction if
	// it calls Lease.Complete there (so that effect and completion are one), else in one of the runner's.
	// After an error the task runs again, with a pause that doubles from 1 s to 1 min. OnSet makes a
	// handler that has none.
	Run func(ctx context.Context, t Lease) error
	// Timeout bounds one run; 25 s if zero and at most, so that a stopping server can wait for it.
	Timeout time.Duration
	// MaxAttempts, if not zero, is how often a failing task runs before it is set aside as dead. A
	// recurring task never is.
	MaxAttempts int
	// Every, if not zero, makes a recurring task: Start writes its row, and it is due again Every
	// after each run. Its key is its kind, and Run doesn't complete it.
	Every time.Duration

	parts parts
}

// Lease is a task that this instance holds.
type Lease struct {
	ID        id.UUID
	Kind      string
	Key       string
	Attempt   int // 1 if nobody has begun this task before
	Payload   json.RawMessage
	token     id.UUID
	recurs    bool
	completed *bool // set by the commit of Complete, or by its unknown outcome
}

// Decode reads the payload.
func (l Lease) Decode(dst any) error {
	if err := json.Unmarshal(l.Payload, dst); err != nil {
		return fmt.Errorf("payload of task %s %s: %w", l.Kind, l.Key, err)
	}
	return nil
}

// Complete removes the task in the transaction of its effect. It returns ErrLeaseLost, after which
// the transaction must roll back: somebody else does the work now.
func (l Lease) Complete(ctx context.Context, tx *sqldb.Tx) error {
	return complete(ctx, tx, []Lease{l})
}

const deleteTasks = "DELETE FROM bus_task WHERE "

// complete is Complete for a set, by one statement.
func complete(ctx context.Context, tx *sqldb.Tx, leases []Lease) error {
	for _, l := range leases {
		if l.recurs {
			return fmt.Errorf("complete task %s: it recurs, and would not any more", l.Kind)
		}
	}
	where, args := held(leases)
	n, err := tx.ExecCount(ctx, deleteTasks+where, args...)
	if err != nil {
		return fmt.Errorf("complete %d tasks %s: %w", len(leases), leases[0].Kind, err)
	}
	if n != int64(len(leases)) {
		return ErrLeaseLost
	}
	tx.OnCommit(func() {
		for _, l := range leases {
			*l.completed = true
		}
	})
	return nil
}

// held is the condition that a row is one of these tasks and still leased as it was then. Each task is
// compared with its own token: this process may have lost one of them and leased it again.
func held(leases []Lease) (where string, args []any) {
	args = make([]any, 0, 3*len(leases))
	for _, l := range leases {
		args = append(args, l.ID)
	}
	for _, l := range leases {
		args = append(args, l.ID, l.token)
	}
	n := len(leases)
	return "id IN " + sqldb.Placeholders(1, n) + " AND lease = CASE id" + strings.Repeat(" WHEN ? THEN ?", n) + " END", args
}
