package task_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/audit"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
)

func (d *desk) by(reason string) audit.By {
	return audit.By{Actor: "kim", At: d.now(), Reason: reason}
}

func (d *desk) list(f task.Filter) []task.Task {
	d.t.Helper()
	if f.Limit == 0 {
		f.Limit = 100
	}
	tasks, err := task.List(d.t.Context(), d.db, f)
	require.NoError(d.t, err)
	return tasks
}

func TestADeadTaskThatIsRetriedRunsAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		var attempts []int
		r := d.runner(task.Handler{Kind: "errand", MaxAttempts: 1, Run: func(_ context.Context, l task.Lease) error {
			attempts = append(attempts, l.Attempt)
			if len(attempts) == 1 {
				return errRun
			}
			return nil
		}})
		d.enqueue("errand", "a", time.Time{})
		require.Equal(t, 1, d.due(r))
		dead := d.list(task.Filter{State: "dead"})
		require.Len(t, dead, 1)
		require.Equal(t, errRun.Error(), dead[0].Error)
		d.advance(time.Hour)
		require.Zero(t, d.due(r))

		results := make([]error, 8)
		var all sync.WaitGroup
		for k := range results {
			all.Go(func() { results[k] = task.Retry(t.Context(), d.db, dead[0].ID, d.by("")) })
		}
		all.Wait()
		won := 0
		for _, err := range results {
			if err == nil {
				won++
				continue
			}
			require.ErrorIs(t, err, task.ErrNotRetriable)
		}
		require.Equal(t, 1, won, "of operators who retry at once one wins")
		require.Equal(t, 1, d.due(r))
		require.Equal(t, []int{1, 2}, attempts)
		require.Zero(t, d.tasks())
		require.ErrorIs(t, task.Retry(t.Context(), d.db, dead[0].ID, d.by("")), task.ErrNotFound)

		entries, err := audit.List(t.Context(), d.db, id.UUID{}, 10)
		require.NoError(t, err)
		require.Len(t, entries, 1)
		require.Equal(t, "tasks.retry", entries[0].Action)
		require.Equal(t, "task errand a", entries[0].Target)
	})
}

func TestACancelledTaskDoesNotRunUnlessItIsRetried(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		r := d.runner(errand(func(context.Context, task.Lease) error { return nil }))
		d.enqueue("errand", "a", time.Time{})
		one := d.list(task.Filter{})[0]
		require.ErrorIs(t, task.Cancel(t.Context(), d.db, one.ID, d.by("")), audit.ErrReason)
		require.NoError(t, task.Cancel(t.Context(), d.db, one.ID, d.by("paid by hand")))
		require.ErrorIs(t, task.Cancel(t.Context(), d.db, one.ID, d.by("again")), task.ErrNotCancellable)
		require.Zero(t, d.due(r))
		kept := d.list(task.Filter{State: "cancelled"})
		require.Len(t, kept, 1)
		require.Equal(t, "paid by hand", kept[0].Error)
		require.NoError(t, task.Retry(t.Context(), d.db, one.ID, d.by("")))
		require.Equal(t, 1, d.due(r))
	})
}

func TestARecurringTaskIsNotCancelled(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		var running []task.Task
		r := d.runner(task.Handler{Kind: "round", Every: time.Hour, Run: func(context.Context, task.Lease) error {
			running = d.list(task.Filter{Kind: "round"})
			return nil
		}})
		require.Equal(t, 1, d.due(r))
		require.Len(t, running, 1)
		require.True(t, running[0].Running)
		round := d.list(task.Filter{Kind: "round"})[0]
		require.False(t, round.Running)
		require.Equal(t, time.Hour, round.Every)
		require.ErrorIs(t, task.Cancel(t.Context(), d.db, round.ID, d.by("rest")), task.ErrNotCancellable)
	})
}

// What the run has asked of the other side can't be taken back, so its success counts.
func TestATaskThatIsCancelledWhileItRunsMayStillSucceedAndRunsNoMore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		cancel := func(l task.Lease) error {
			return task.Cancel(t.Context(), d.db, l.ID, d.by("it hangs"))
		}
		b := &bureau{call: func(l task.Lease) error {
			if l.Key == "a" {
				return cancel(l)
			}
			return errors.Join(cancel(l), errRun)
		}}
		r := d.runner(b.handler())
		d.enqueueSet("a", "b")
		require.Equal(t, 2, d.due(r))
		require.Equal(t, []string{"a"}, d.names())
		left := d.list(task.Filter{})
		require.Len(t, left, 1)
		require.Equal(t, "b", left[0].Key)
		require.Equal(t, "cancelled", left[0].State)
		require.Equal(t, "it hangs", left[0].Error)
		require.False(t, left[0].Running)
		d.advance(time.Hour)
		d.exec("UPDATE bus_task SET leased_until = 0")
		require.Zero(t, d.due(r))
	})
}

// Attempt 1 says that nobody has called the other side: a handler that believed it would not ask first.
func TestARetriedTaskKnowsWhetherItHasRunBefore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		attempts := map[string]int{}
		r := d.runner(errand(func(_ context.Context, l task.Lease) error {
			attempts[l.Key] = l.Attempt
			return errRun
		}))
		d.enqueueSet("called")
		for range 3 {
			require.Equal(t, 1, d.due(r))
			d.advance(time.Minute)
		}
		d.enqueueSet("new")
		for _, one := range d.list(task.Filter{}) {
			require.NoError(t, task.Cancel(t.Context(), d.db, one.ID, d.by("wait")))
			require.NoError(t, task.Retry(t.Context(), d.db, one.ID, d.by("")))
		}
		require.Equal(t, 2, d.due(r))
		require.Equal(t, map[string]int{"called": 2, "new": 1}, attempts)
	})
}

// A second run may have begun when an operator has cancelled and retried in the meantime.
func TestARunThatIsOvertakenByARetryWritesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		b := &bureau{call: func(l task.Lease) error {
			require.NoError(t, task.Cancel(t.Context(), d.db, l.ID, d.by("it hangs")))
			require.NoError(t, task.Retry(t.Context(), d.db, l.ID, d.by("")))
			return nil
		}}
		d.enqueueSet("a")
		require.Equal(t, 1, d.due(d.runner(b.handler())))
		require.Zero(t, d.effects())
		require.Equal(t, 1, d.tasks())
		require.Equal(t, 1, d.due(d.runner((&bureau{}).handler())))
		require.Equal(t, 1, d.effects())
		require.Zero(t, d.tasks())
	})
}

func TestTasksAreCountedListedByPageAndShownWithoutSecrets(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		for _, key := range []string{"a", "b", "c"} {
			d.enqueue("errand", key, time.Time{})
		}
		require.NoError(t, sqldb.InTx(t.Context(), d.db, func(tx *sqldb.Tx) error {
			return d.queue.Enqueue(t.Context(), tx, "call", "d", map[string]string{"token": "tok_of_somebody"}, time.Time{})
		}))
		d.exec("UPDATE bus_task SET state = 'dead' WHERE task_key = 'b'")
		d.exec("UPDATE bus_task SET leased_until = 9000000000000000 WHERE task_key = 'c'")
		counts, err := task.Counts(t.Context(), d.db)
		require.NoError(t, err)
		require.Equal(t, []task.Count{{"call", "due", 1}, {"errand", "dead", 1}, {"errand", "due", 1}, {"errand", "running", 1}}, counts)

		all := d.list(task.Filter{})
		require.Len(t, all, 4)
		require.Equal(t, all[1:3], d.list(task.Filter{After: all[0].ID, Limit: 2}))
		require.Len(t, d.list(task.Filter{Kind: "errand"}), 3)
		require.Len(t, d.list(task.Filter{State: "dead"}), 1)

		shown, err := task.Show(t.Context(), d.db, all[3].ID)
		require.NoError(t, err)
		require.JSONEq(t, `{"token":"(hidden)"}`, string(shown.Payload))
		_, err = task.Show(t.Context(), d.db, id.New())
		require.ErrorIs(t, err, task.ErrNotFound)
		require.ErrorIs(t, task.Cancel(t.Context(), d.db, id.New(), d.by("gone")), task.ErrNotFound)
	})
}
