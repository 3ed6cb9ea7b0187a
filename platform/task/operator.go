package task

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/redact"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// ErrNotFound is returned for a task that is not there: never was, or is done.
var ErrNotFound = fault.New(fault.NotFound, "task_not_found", "There is no such task; it may be done meanwhile.")

// Count is how many tasks of a kind stand alike: due (and waiting for its time), running, dead or cancelled.
type Count struct {
	Kind  string `db:"kind"`
	State string `db:"standing"`
	N     int64  `db:"n"`
}

// Task is a task as an operator sees it.
type Task struct {
	ID        id.UUID
	Kind      string
	Key       string
	State     string // due, dead or cancelled
	Running   bool   // an instance holds its lease
	RunAt     time.Time
	Every     time.Duration // of a recurring task
	Attempts  int
	Error     string // of the last run, or why it was cancelled
	CreatedAt time.Time
	Payload   json.RawMessage // given by Show, without secrets
}

// Filter selects tasks; what is zero does not select.
type Filter struct {
	Kind  string
	State string
	After id.UUID
	Limit int
}

const (
	selectCounts1 = "SELECT kind, CASE WHEN state = 'due' AND leased_until >= "
	selectCounts2 = " THEN 'running' ELSE state END AS standing, COUNT(*) AS n FROM bus_task GROUP BY kind, standing ORDER BY kind, standing"
)

// Counts reads how the tasks of a schema stand, by kind and state.
func Counts(ctx context.Context, db *sqldb.DB) ([]Count, error) {
	var counts []Count
	if err := db.Select(ctx, &counts, selectCounts1+db.Engine().Clock()+selectCounts2); err != nil {
		return nil, fmt.Errorf("count tasks of %s: %w", db.Module(), err)
	}
	return counts, nil
}

type operatorRow struct {
	taskRow

	State     string `db:"state"`
	Running   bool   `db:"running"`
	RunAt     int64  `db:"run_at"`
	Every     int64  `db:"every"`
	Error     string `db:"error"`
	CreatedAt int64  `db:"created_at"`
}

const (
	operatorColumns = "SELECT id, kind, task_key, payload, state, run_at, every, attempts, error, created_at, leased_until >= "
	fromTask        = " AS running FROM bus_task WHERE "
)

func selectTasks(e sqldb.Engine) string { return operatorColumns + e.Clock() + fromTask }

// List reads tasks of a schema, in the order in which they were recorded.
func List(ctx context.Context, db *sqldb.DB, f Filter) ([]Task, error) {
	var where strings.Builder
	where.WriteString("id > ?")
	after := make([]byte, len(f.After)) // as a driver value the zero ID would be NULL
	copy(after, f.After[:])
	args := []any{after}
	if f.Kind != "" {
		where.WriteString(" AND kind = ?")
		args = append(args, f.Kind)
	}
	if f.State != "" {
		where.WriteString(" AND state = ?")
		args = append(args, f.State)
	}
	var rows []operatorRow
	query := selectTasks(db.Engine()) + where.String() + " ORDER BY id LIMIT ?"
	if err := db.Select(ctx, &rows, query, append(args, f.Limit)...); err != nil {
		return nil, fmt.Errorf("list tasks of %s: %w", db.Module(), err)
	}
	tasks := make([]Task, len(rows))
	for i, row := range rows {
		tasks[i] = row.task()
	}
	return tasks, nil
}

// Show reads one task with its payload, whose secrets are hidden. It returns ErrNotFound.
func Show(ctx context.Context, db *sqldb.DB, taskID id.UUID) (Task, error) {
	var row operatorRow
	if err := db.Get(ctx, &row, selectTasks(db.Engine())+"id = ?", taskID); err != nil {
		return Task{}, readError(err, taskID)
	}
	t := row.task()
	t.Payload = redact.JSON(row.Payload)
	return t, nil
}

func readError(err error, taskID id.UUID) error {
	if sqldb.IsNoRows(err) {
		return ErrNotFound
	}
	return fmt.Errorf("read task %s: %w", taskID, err)
}

func (r operatorRow) task() Task {
	return Task{
		ID: r.ID, Kind: r.Kind, Key: r.Key, State: r.State, Running: r.Running && r.State == "due",
		RunAt: time.UnixMicro(r.RunAt).UTC(), Every: time.Duration(r.Every) * time.Microsecond,
		Attempts: r.Attempts, Error: r.Error, CreatedAt: time.UnixMicro(r.CreatedAt).UTC(),
	}
}
