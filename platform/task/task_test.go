package task_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
)

var errRun = errors.New("the other side is away")

// clock is the time of an instance, which a test moves forward. Leases don't follow it.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Now().UnixMicro())
	return c
}

func (c *clock) now() time.Time           { return time.UnixMicro(c.at.Load()) }
func (c *clock) advance(by time.Duration) { c.at.Add(by.Microseconds()) }

// desk is a schema with a queue of tasks.
type desk struct {
	*clock

	t     *testing.T
	db    *sqldb.DB
	queue *task.Queue
}

func newDesk(t *testing.T, db *sqldb.DB) *desk {
	t.Helper()
	c := newClock()
	return &desk{clock: c, t: t, db: db, queue: task.NewQueue(c.now)}
}

func (d *desk) runner(handlers ...task.Handler) *task.Runner {
	return task.NewRunner(d.db, d.queue, d.now, slog.New(slog.DiscardHandler), handlers...)
}

// start runs a runner's loop until the test ends.
func (d *desk) start(r *task.Runner) {
	d.t.Helper()
	require.NoError(d.t, r.Start(d.t.Context()))
	d.t.Cleanup(func() { require.NoError(d.t, r.Stop(context.WithoutCancel(d.t.Context()))) })
}

func (d *desk) enqueue(kind, key string, notBefore time.Time) {
	d.t.Helper()
	require.NoError(d.t, sqldb.InTx(d.t.Context(), d.db, func(tx *sqldb.Tx) error {
		return d.queue.Enqueue(d.t.Context(), tx, kind, key, map[string]string{"key": key}, notBefore)
	}))
}

func (d *desk) exec(query string, args ...any) {
	d.t.Helper()
	require.NoError(d.t, sqldb.InTx(d.t.Context(), d.db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(d.t.Context(), query, args...)
		return err
	}))
}

func (d *desk) count(query string) int {
	d.t.Helper()
	var n int
	require.NoError(d.t, d.db.Get(d.t.Context(), &n, query))
	return n
}

func (d *desk) tasks() int { return d.count("SELECT COUNT(*) FROM bus_task") }

// due runs what is due, and answers how many tasks that were.
func (d *desk) due(r *task.Runner) int {
	d.t.Helper()
	n, err := r.RunDue(d.t.Context())
	require.NoError(d.t, err)
	return n
}

// errand is the kind of task of most tests.
func errand(run func(ctx context.Context, l task.Lease) error) task.Handler {
	return task.Handler{Kind: "errand", Run: run}
}

func TestDueTasksRunInTheOrderOfTheirTimes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		d.enqueue("errand", "later", d.now().Add(2*time.Second))
		d.enqueue("errand", "now", time.Time{})
		d.enqueue("errand", "soon", d.now().Add(time.Second))
		d.enqueue("errand", "sooner or later", d.now().Add(time.Second+time.Millisecond))
		d.enqueue("errand", "tomorrow", d.now().Add(24*time.Hour))
		var ran []string
		r := d.runner(errand(func(_ context.Context, l task.Lease) error {
			var payload map[string]string
			require.NoError(t, l.Decode(&payload))
			require.Equal(t, l.Key, payload["key"])
			require.Equal(t, 1, l.Attempt)
			ran = append(ran, l.Key)
			return nil
		}))
		require.Equal(t, 1, d.due(r))
		d.advance(time.Minute)
		require.Equal(t, 3, d.due(r))
		require.Zero(t, d.due(r))
		require.Equal(t, []string{"now", "soon", "sooner or later", "later"}, ran)
		require.Equal(t, 1, d.tasks())
	})
}

func TestATaskIsRecordedOncePerKindAndKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		require.NoError(t, sqldb.InTx(t.Context(), d.db, func(tx *sqldb.Tx) error {
			require.NoError(t, d.queue.Enqueue(t.Context(), tx, "errand", "a", nil, time.Time{}))
			require.ErrorIs(t, d.queue.Enqueue(t.Context(), tx, "errand", "a", nil, time.Time{}), task.ErrDuplicate)
			return d.queue.Enqueue(t.Context(), tx, "other", "a", nil, time.Time{}) // the transaction goes on
		}))
		require.Equal(t, 2, d.tasks())
	})
}

func TestATaskOfATransactionThatRollsBackIsNone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		require.ErrorIs(t, sqldb.InTx(t.Context(), d.db, func(tx *sqldb.Tx) error {
			require.NoError(t, d.queue.Enqueue(t.Context(), tx, "errand", "a", nil, time.Time{}))
			return errRun
		}), errRun)
		require.Zero(t, d.tasks())
	})
}

func TestAFailingTaskRunsAgainAfterAPauseThatDoubles(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		d.enqueue("errand", "a", time.Time{})
		var attempts []int
		r := d.runner(errand(func(_ context.Context, l task.Lease) error {
			attempts = append(attempts, l.Attempt)
			return errRun
		}))
		require.Equal(t, 1, d.due(r))
		for _, seconds := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
			d.advance(seconds*time.Second - time.Millisecond)
			require.Zero(t, d.due(r), "before %d s are over", seconds)
			d.advance(time.Millisecond)
			require.Equal(t, 1, d.due(r), "after %d s", seconds)
		}
		require.Equal(t, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}, attempts)
		require.Equal(t, 1, d.count("SELECT COUNT(*) FROM bus_task WHERE error LIKE '%away%' AND attempts = 9"))
	})
}

func TestATaskIsDeadAfterItsLastAttempt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		d.enqueue("errand", "a", time.Time{})
		h := errand(func(context.Context, task.Lease) error { return errRun })
		h.MaxAttempts = 3
		r := d.runner(h)
		for range 3 {
			require.Equal(t, 1, d.due(r))
			d.advance(time.Hour)
		}
		require.Zero(t, d.due(r))
		require.Equal(t, 1, d.count("SELECT COUNT(*) FROM bus_task WHERE state = 'dead'"))
	})
}

func TestAPanicOrAnUnknownKindFailsItsTaskOnly(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		for _, key := range []string{"a", "b"} {
			d.enqueue("errand", key, time.Time{})
		}
		d.enqueue("nobody's", "c", time.Time{})
		r := d.runner(errand(func(_ context.Context, l task.Lease) error {
			if l.Key == "a" {
				panic("ouch \xff")
			}
			return nil
		}))
		require.Equal(t, 3, d.due(r))
		require.Equal(t, 1, d.count("SELECT COUNT(*) FROM bus_task WHERE error LIKE '%ouch%' AND leased_until = 0"))
		require.Equal(t, 1, d.count("SELECT COUNT(*) FROM bus_task WHERE error LIKE '%no handler%'"))
		require.Equal(t, 2, d.tasks())
	})
}

func TestARunThatTakesTooLongFails(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		d.enqueue("errand", "a", time.Time{})
		h := errand(func(ctx context.Context, _ task.Lease) error {
			<-ctx.Done()
			return ctx.Err()
		})
		h.Timeout = 10 * time.Millisecond
		require.Equal(t, 1, d.due(d.runner(h)))
		require.Equal(t, 1, d.count("SELECT COUNT(*) FROM bus_task WHERE error LIKE '%deadline%'"))
	})
}
