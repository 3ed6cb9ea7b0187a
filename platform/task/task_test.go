package task_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
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

func TestEffectAndCompletionAreOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		d.enqueue("errand", "a", time.Time{})
		fail := true
		r := d.runner(errand(func(ctx context.Context, l task.Lease) error {
			return sqldb.InTx(ctx, d.db, func(tx *sqldb.Tx) error {
				if err := effect(ctx, tx, l); err != nil {
					return err
				}
				if err := l.Complete(ctx, tx); err != nil || !fail {
					return err
				}
				return errRun
			})
		}))
		require.Equal(t, 1, d.due(r))
		require.Equal(t, 1, d.tasks(), "it is there again")
		require.Zero(t, d.effects())
		fail = false
		d.advance(time.Minute)
		require.Equal(t, 1, d.due(r))
		require.Zero(t, d.tasks())
		require.Equal(t, 1, d.effects())
	})
}

// The table of consumers serves as the effect's: it is in every schema.
func effect(ctx context.Context, tx *sqldb.Tx, l task.Lease) error {
	_, err := tx.Exec(ctx, "INSERT INTO bus_consumer (name) VALUES (?)", l.Key)
	return err
}

func (d *desk) effects() int { return d.count("SELECT COUNT(*) FROM bus_consumer") }

func TestWhoLostTheLeaseCanNotCompleteAndHisEffectIsUndone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		d.enqueue("errand", "a", time.Time{})
		rival := d.runner(errand(func(_ context.Context, l task.Lease) error {
			require.Equal(t, 2, l.Attempt)
			return nil
		}))
		var lost error
		slow := d.runner(errand(func(ctx context.Context, l task.Lease) error {
			d.exec("UPDATE bus_task SET leased_until = 0") // it has taken longer than its lease
			require.Equal(t, 1, d.due(rival))
			lost = sqldb.InTx(ctx, d.db, func(tx *sqldb.Tx) error {
				if err := effect(ctx, tx, l); err != nil {
					return err
				}
				return l.Complete(ctx, tx)
			})
			return lost
		}))
		require.Equal(t, 1, d.due(slow))
		require.ErrorIs(t, lost, task.ErrLeaseLost)
		require.Zero(t, d.effects())
		require.Zero(t, d.tasks())
	})
}

func TestALeaseIsMeasuredByTheDatabasesClockAndThenTheTaskRunsAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		d.enqueue("errand", "a", time.Time{})
		leased := 0
		r := d.runner(errand(func(context.Context, task.Lease) error {
			leased = d.count("SELECT COUNT(*) FROM bus_task WHERE leased_until > " + d.db.Engine().Clock() + " + 2000000")
			// What a killed process leaves behind: the task leased, its result not written.
			d.exec("UPDATE bus_task SET lease = ?", []byte("0123456789abcdef"))
			return nil
		}))
		require.Equal(t, 1, d.due(r))
		require.Equal(t, 1, leased)
		d.advance(24 * time.Hour) // an instance whose own clock is wrong
		var attempt int
		r = d.runner(errand(func(_ context.Context, l task.Lease) error { attempt = l.Attempt; return nil }))
		require.Zero(t, d.due(r))
		d.exec("UPDATE bus_task SET leased_until = " + d.db.Engine().Clock() + " - 1")
		require.Equal(t, 1, d.due(r))
		require.Equal(t, 2, attempt)
		require.Zero(t, d.tasks())
	})
}

func TestALeaseIsRenewedWhileItsTaskRuns(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		d.enqueue("errand", "a", time.Time{})
		idle := d.runner(errand(func(context.Context, task.Lease) error {
			t.Error("taken over")
			return nil
		}))
		busy := d.runner(errand(func(context.Context, task.Lease) error {
			for range 5 {
				d.exec("UPDATE bus_task SET leased_until = 0") // as good as over: in a bubble the database's clock stands
				time.Sleep(4 * time.Second)
				synctest.Wait()
				require.Zero(t, d.due(idle))
			}
			return nil
		}))
		require.Equal(t, 1, d.due(busy))
		require.Zero(t, d.tasks())
	})
}

func TestTwoRunnersShareTasksAndRunNoneTwice(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		const total = 150
		d := newDesk(t, e.With(sqldb.Options{}).DB(t, "desk"))
		var mu sync.Mutex
		ran := map[string]int{}
		h := errand(func(_ context.Context, l task.Lease) error {
			mu.Lock()
			defer mu.Unlock()
			ran[l.Key]++
			if l.Attempt != 1 {
				return errors.New("another attempt")
			}
			return nil
		})
		require.NoError(t, sqldb.InTx(t.Context(), d.db, func(tx *sqldb.Tx) error {
			for n := range total {
				if err := d.queue.Enqueue(t.Context(), tx, "errand", string(rune('a'+n)), nil, time.Time{}); err != nil {
					return err
				}
			}
			return nil
		}))
		for range 3 {
			d.start(d.runner(h))
		}
		require.Eventually(t, func() bool { d.queue.Wake(); return d.tasks() == 0 }, time.Minute, 5*time.Millisecond)
		require.Len(t, ran, total)
		for key, n := range ran {
			require.Equal(t, 1, n, key)
		}
	})
}

// meddled is a runner whose claim is interrupted, between its read and its update, by another one's.
func meddled(t *testing.T, meddle func(d *desk)) (*desk, *[]int) {
	t.Helper()
	var d *desk
	var once sync.Once
	e := dbtest.Only(t, sqldb.MySQL)
	url := e.MigratedURL(t, "desk")
	open := func(o sqldb.Options) *sqldb.DB {
		location, err := sqldb.ParseLocation(url)
		require.NoError(t, err)
		db, err := sqldb.Open(t.Context(), location, "desk", o)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		return db
	}
	d = newDesk(t, open(sqldb.Options{}))
	for _, key := range []string{"a", "b"} {
		d.enqueue("errand", key, time.Time{})
	}
	slow := *d
	slow.db = open(sqldb.Options{Observe: func(s sqldb.Statement) {
		if strings.Contains(s.Query, "FROM bus_task") {
			once.Do(func() { meddle(d) })
		}
	}})
	var attempts []int
	slow.due(slow.runner(errand(func(_ context.Context, l task.Lease) error {
		attempts = append(attempts, l.Attempt)
		return nil
	})))
	return d, &attempts
}

func TestAClaimTakesNothingThatAnotherRanMeanwhile(t *testing.T) {
	t.Parallel()
	for name, maxAttempts := range map[string]int{"failed": 0, "dead": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, attempts := meddled(t, func(d *desk) {
				h := errand(func(_ context.Context, l task.Lease) error {
					if l.Key == "a" {
						return errRun
					}
					d.exec("UPDATE bus_task SET leased_until = 0 WHERE task_key = 'b'")
					return task.ErrLeaseLost
				})
				h.MaxAttempts = maxAttempts
				require.Equal(t, 2, d.due(d.runner(h)))
			})
			require.Equal(t, []int{2}, *attempts, "b alone, which had one attempt")
			require.Equal(t, 1, d.count("SELECT COUNT(*) FROM bus_task WHERE task_key = 'a' AND attempts = 1"))
		})
	}
}

// Whether somebody has called the other side before decides whether it is asked first.
func TestAClaimThatWasHeldUpCountsTheRunsThatOthersBeganMeanwhile(t *testing.T) {
	t.Parallel()
	_, attempts := meddled(t, func(d *desk) {
		require.Equal(t, 2, d.due(d.runner(errand(func(context.Context, task.Lease) error {
			d.exec("UPDATE bus_task SET leased_until = 0") // the instance dies, and its leases end
			return task.ErrLeaseLost
		}))))
		d.advance(5 * time.Second)
	})
	require.Equal(t, []int{2, 2}, *attempts)
}

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

func TestASlotThatBecomesFreeIsUsedAtOnce(t *testing.T) {
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
		add("early", 10)
		add("late", 6) // they fill the slots
		add("quick", 40)
		start := time.Now()
		close(early)
		synctest.Wait()
		require.Equal(t, int32(50), ran.Load(), "nobody waited for the late ones or the poll")
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
