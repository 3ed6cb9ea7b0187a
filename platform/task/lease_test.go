package task_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
)

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
		d.enqueueSet(letters(total)...)
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

// Of a commit that was tried and answered an error only the row tells whether it took place.
func TestAnUnknownOutcomeOfACompletionIsToldByTheRow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		for _, key := range []string{"committed", "rolled back"} {
			d.enqueue("errand", key, time.Time{})
		}
		r := d.runner(errand(func(ctx context.Context, l task.Lease) error {
			err := sqldb.InTx(ctx, d.db, func(tx *sqldb.Tx) error {
				if err := l.Complete(ctx, tx); err != nil || l.Key == "committed" {
					return err
				}
				return errRun
			})
			if l.Attempt == 1 {
				return errors.Join(sqldb.ErrOutcomeUnknown, err)
			}
			return nil
		}))
		require.Equal(t, 2, d.due(r))
		require.Equal(t, 1, d.count("SELECT COUNT(*) FROM bus_task WHERE task_key = 'rolled back' AND error LIKE '%outcome_unknown%'"))
		require.Equal(t, 1, d.tasks())
		d.advance(time.Second)
		require.Equal(t, 1, d.due(r))
		require.Zero(t, d.tasks())
	})
}
