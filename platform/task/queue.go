package task

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Queue records tasks of one module.
type Queue struct {
	now  func() time.Time
	wake chan struct{}
}

// NewQueue makes the queue of one schema. One Runner may serve it.
func NewQueue(now func() time.Time) *Queue {
	return &Queue{now: now, wake: make(chan struct{}, 1)}
}

// New is a task to record.
type New struct {
	Kind      string
	Key       string // unique within the kind, at most 190 characters
	Payload   any
	NotBefore time.Time // due at once if this is not later
}

const (
	insertTasks = `INSERT INTO bus_task
		(id, kind, task_key, payload, state, run_at, every, attempts, leased_until, error, created_at) VALUES `
	taskColumns = 11
)

// Enqueue records a task to run at once, or at notBefore if that is later. It returns ErrDuplicate when
// there is one of this kind and key, and the transaction may go on.
func (q *Queue) Enqueue(ctx context.Context, tx *sqldb.Tx, kind, key string, payload any, notBefore time.Time) error {
	return q.EnqueueSet(ctx, tx, []New{{Kind: kind, Key: key, Payload: payload, NotBefore: notBefore}})
}

// EnqueueSet is Enqueue for many tasks, by one statement. If there is any of them, none is recorded.
func (q *Queue) EnqueueSet(ctx context.Context, tx *sqldb.Tx, set []New) error {
	if len(set) == 0 {
		return nil
	}
	now := q.now()
	args := make([]any, 0, taskColumns*len(set))
	for _, n := range set {
		body, err := json.Marshal(n.Payload)
		if err != nil {
			return fmt.Errorf("payload of task %s: %w", n.Kind, err)
		}
		runAt := max(now.UnixMicro(), n.NotBefore.UnixMicro())
		args = append(args, id.New(), n.Kind, n.Key, body, "due", runAt, 0, 0, 0, "", now.UnixMicro())
	}
	_, err := tx.Exec(ctx, insertTasks+sqldb.Placeholders(len(set), taskColumns), args...)
	if sqldb.IsDuplicate(err) {
		return ErrDuplicate
	}
	if err != nil {
		return fmt.Errorf("enqueue %d tasks, first %s %s: %w", len(set), set[0].Kind, set[0].Key, err)
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
