package task_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
)

func TestARecurringTaskIsWrittenOnceAndRunsAgainAndAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		runs := 0
		h := task.Handler{Kind: "sweep", Every: time.Minute, MaxAttempts: 2, Run: func(context.Context, task.Lease) error {
			if runs++; runs == 2 || runs == 3 || runs == 4 {
				return errRun
			}
			return nil
		}}
		var starts sync.WaitGroup
		for range 4 {
			starts.Go(func() {
				if _, err := d.runner(h).RunDue(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		starts.Wait()
		require.Equal(t, 1, d.tasks())
		require.Equal(t, 1, runs)
		r := d.runner(h)
		d.advance(time.Minute - time.Millisecond)
		require.Zero(t, d.due(r))
		d.advance(time.Millisecond)
		for range 3 {
			require.Equal(t, 1, d.due(r), "also after it has failed more often than another task may")
			d.advance(time.Minute)
		}
		require.Equal(t, 1, d.due(r))
		require.Equal(t, 1, d.count("SELECT COUNT(*) FROM bus_task WHERE state = 'due' AND attempts = 0 AND error = ''"))
	})
}

func TestARecurringTaskCanNotBeCompletedForGood(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		r := d.runner(task.Handler{Kind: "sweep", Every: time.Minute, Run: func(ctx context.Context, l task.Lease) error {
			return sqldb.InTx(ctx, d.db, func(tx *sqldb.Tx) error { return l.Complete(ctx, tx) })
		}})
		require.Equal(t, 1, d.due(r))
		require.Equal(t, 1, d.count("SELECT COUNT(*) FROM bus_task WHERE error LIKE '%recurs%'"))
	})
}

func TestStopWaitsForTheTaskThatRuns(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		started, finish := make(chan struct{}), make(chan struct{})
		r := d.runner(errand(func(ctx context.Context, _ task.Lease) error {
			close(started)
			<-finish
			return ctx.Err()
		}))
		require.NoError(t, r.Stop(t.Context()), "before its start")
		require.NoError(t, r.Start(t.Context()))
		d.enqueue("errand", "a", time.Time{})
		<-started
		hurried, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, r.Stop(hurried), context.Canceled)
		d.enqueue("errand", "b", time.Time{})
		close(finish)
		require.NoError(t, r.Stop(t.Context()))
		require.Equal(t, 1, d.count("SELECT COUNT(*) FROM bus_task WHERE task_key = 'b' AND attempts = 0"), "begins nothing new")
		require.Equal(t, 1, d.tasks(), "the running one found its end")
	})
}

// inBubble runs a test in a bubble, where only waiting for a timer takes time.
func inBubble(t *testing.T, test func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { test(t, newDesk(t, dbtest.Only(t, sqldb.SQLite).DB(t, "desk"))) })
}

func TestANewTaskRunsAtOnceAndWaitsForNoPoll(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		ran := make(chan struct{})
		d.start(d.runner(errand(func(context.Context, task.Lease) error { ran <- struct{}{}; return nil })))
		synctest.Wait()
		start := time.Now()
		for _, key := range []string{"a", "b", "c"} {
			d.enqueue("errand", key, time.Time{})
			<-ran
			require.Zero(t, time.Since(start))
		}
	})
}

func TestRoomForAnotherTaskIsUsedAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		early, late := make(chan struct{}), make(chan struct{})
		var ran atomic.Int32
		wait := map[string]chan struct{}{"early": early, "late": late}
		h := func(kind string) task.Handler {
			return task.Handler{Kind: kind, Run: func(context.Context, task.Lease) error {
				if c := wait[kind]; c != nil {
					<-c
				}
				ran.Add(1)
				return nil
			}}
		}
		d.start(d.runner(h("early"), h("late"), h("quick")))
		add := func(kind string, n int) {
			for k := range n {
				d.enqueue(kind, string(rune('a'+k)), time.Time{})
			}
			synctest.Wait()
		}
		add("early", 40)
		add("late", 24) // as many as are held at once
		add("quick", 160)
		start := time.Now()
		close(early)
		synctest.Wait()
		require.Equal(t, int32(200), ran.Load(), "nobody waited for the late ones or the poll")
		require.Zero(t, time.Since(start))
		close(late)
	})
}

func TestATaskForLaterAndOneOfAnotherInstanceAreFoundByThePoll(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		ran := make(chan string, 2)
		elsewhere := *d
		elsewhere.queue = task.NewQueue(d.now) // its wake reaches nobody
		d.start(d.runner(errand(func(_ context.Context, l task.Lease) error { ran <- l.Key; return nil })))
		synctest.Wait()
		elsewhere.enqueue("errand", "a", time.Time{})
		require.Equal(t, "a", <-ran)
		d.enqueue("errand", "b", d.now().Add(time.Hour))
		time.Sleep(10 * time.Second) // of the bubble
		require.Empty(t, ran)
		d.advance(time.Hour)
		require.Equal(t, "b", <-ran)
	})
}
