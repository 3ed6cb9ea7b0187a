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

// bureau is a handler for sets whose three parts a test may change. A state is the task's key, and so is
// an answer; an effect is a row.
type bureau struct {
	read   func(leases []task.Lease) error
	call   func(l task.Lease) error
	record func(ctx context.Context, tx *sqldb.Tx, keys []string) error

	mu    sync.Mutex
	calls map[string]int
	sets  [][]string
}

func (b *bureau) handler() task.Handler {
	b.calls = map[string]int{}
	return task.OnSet("errand",
		func(_ context.Context, leases []task.Lease) ([]string, error) {
			keys := make([]string, len(leases))
			for i, l := range leases {
				keys[i] = l.Key
			}
			if b.read == nil {
				return keys, nil
			}
			return keys, b.read(leases)
		},
		func(_ context.Context, l task.Lease, key string) (string, error) {
			b.mu.Lock()
			b.calls[l.Key]++
			b.mu.Unlock()
			if b.call == nil {
				return key, nil
			}
			return key, b.call(l)
		},
		func(ctx context.Context, tx *sqldb.Tx, set []task.Done[string, string]) error {
			keys := make([]string, len(set))
			for i, d := range set {
				keys[i] = d.Answer
			}
			b.mu.Lock()
			b.sets = append(b.sets, keys)
			b.mu.Unlock()
			if b.record != nil {
				if err := b.record(ctx, tx, keys); err != nil {
					return err
				}
			}
			return effects(ctx, tx, keys)
		})
}

func effects(ctx context.Context, tx *sqldb.Tx, keys []string) error {
	for _, key := range keys {
		if err := effect(ctx, tx, task.Lease{Key: key}); err != nil {
			return err
		}
	}
	return nil
}

func (d *desk) enqueueSet(keys ...string) {
	d.t.Helper()
	set := make([]task.New, len(keys))
	for i, key := range keys {
		set[i] = task.New{Kind: "errand", Key: key}
	}
	require.NoError(d.t, sqldb.InTx(d.t.Context(), d.db, func(tx *sqldb.Tx) error {
		return d.queue.EnqueueSet(d.t.Context(), tx, set)
	}))
}

func letters(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = string(rune('a' + i))
	}
	return keys
}

// fate is what became of a task.
type fate struct {
	Key      string `db:"task_key"`
	State    string `db:"state"`
	Attempts int    `db:"attempts"`
	RunAt    int64  `db:"run_at"`
	Error    string `db:"error"`
	Leased   bool   `db:"leased"`
}

func (d *desk) fates() []fate {
	d.t.Helper()
	var list []fate
	require.NoError(d.t, d.db.Select(d.t.Context(), &list,
		"SELECT task_key, state, attempts, run_at, error, (leased_until <> 0 OR lease IS NOT NULL) AS leased FROM bus_task ORDER BY task_key"))
	for i := range list {
		list[i].RunAt -= d.now().UnixMicro()
	}
	return list
}

func (d *desk) names() []string {
	d.t.Helper()
	var list []string
	require.NoError(d.t, d.db.Select(d.t.Context(), &list, "SELECT name FROM bus_consumer ORDER BY name"))
	return list
}

func TestEachTaskOfASetHasTheFateThatItHasAlone(t *testing.T) {
	t.Parallel()
	part := func(name, key string) error {
		switch key {
		case name:
			return errors.New(name + " of " + key)
		case name + " panic":
			panic(name + " of " + key)
		}
		return nil
	}
	oneOf := func(name string, keys []string) error {
		for _, key := range keys {
			if err := part(name, key); err != nil {
				return err
			}
		}
		return nil
	}
	keysOf := func(leases []task.Lease) (keys []string) {
		for _, l := range leases {
			keys = append(keys, l.Key)
		}
		return keys
	}
	keys := []string{"a", "b", "read", "read panic", "call", "call panic", "record", "record panic", "z"}
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		b := &bureau{
			read:   func(leases []task.Lease) error { return oneOf("read", keysOf(leases)) },
			call:   func(l task.Lease) error { return part("call", l.Key) },
			record: func(_ context.Context, _ *sqldb.Tx, keys []string) error { return oneOf("record", keys) },
		}
		together := newDesk(t, e.DB(t, "desk"))
		together.enqueueSet(keys...)
		h := b.handler()
		h.MaxAttempts = 2
		require.Equal(t, len(keys), together.due(together.runner(h)))

		alone := newDesk(t, e.DB(t, "desk"))
		alone.at.Store(together.at.Load())
		alone.enqueueSet(keys...)
		h = errand(func(ctx context.Context, l task.Lease) error {
			for _, name := range []string{"read", "call", "record"} {
				if err := part(name, l.Key); err != nil {
					return err
				}
			}
			return sqldb.InTx(ctx, alone.db, func(tx *sqldb.Tx) error { return effect(ctx, tx, l) })
		})
		h.MaxAttempts = 2
		require.Equal(t, len(keys), alone.due(alone.runner(h)))

		require.Equal(t, alone.fates(), together.fates())
		require.Len(t, together.fates(), 6)
		for _, left := range together.fates() {
			require.False(t, left.Leased, "a renewal on its way would put %s off", left.Key)
		}
		require.Equal(t, []string{"a", "b", "z"}, together.names())
		require.Equal(t, alone.names(), together.names())
		require.NotContains(t, b.calls, "read")
		for key, n := range b.calls {
			require.Equal(t, 1, n, "calls of %s", key)
		}
	})
}

func TestATaskOfASetWhoseLeaseIsLostHasNoEffectAndTheOthersHave(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		d.enqueueSet(letters(5)...)
		b := &bureau{call: func(l task.Lease) error {
			if l.Key == "c" { // its instance was held up, and another one has it now
				d.exec("UPDATE bus_task SET lease = ? WHERE task_key = 'c'", []byte("0123456789abcdef"))
			}
			return nil
		}}
		require.Equal(t, 5, d.due(d.runner(b.handler())))
		require.Equal(t, []string{"a", "b", "d", "e"}, d.names())
		require.Len(t, d.fates(), 1)
		require.Equal(t, "c", d.fates()[0].Key)
		require.Empty(t, d.fates()[0].Error, "who lost a task writes nothing about it")
	})
}

// busy is a runner whose first record waits for the test; in each of its sets is what came in meanwhile.
func busy(t *testing.T, d *desk) (b *bureau, recording <-chan struct{}, proceed func(), r *task.Runner) {
	t.Helper()
	began, end := make(chan struct{}), make(chan struct{})
	proceed = sync.OnceFunc(func() { close(end) })
	t.Cleanup(proceed) // or the database would wait for ever for a test that has failed
	var first sync.Once
	b = &bureau{record: func(context.Context, *sqldb.Tx, []string) error {
		first.Do(func() {
			close(began)
			<-end
		})
		return nil
	}}
	r = d.runner(b.handler())
	require.NoError(t, r.Start(t.Context()))
	return b, began, proceed, r
}

func (b *bureau) called(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.calls) == n
	}, time.Minute, time.Millisecond)
}

// On SQLite nothing could be claimed while a record is held up: there the answers come in one claim.
func TestAnswersThatComeWhileASetIsRecordedAreTheNextSet(t *testing.T) {
	t.Parallel()
	d := newDesk(t, dbtest.Only(t, sqldb.MySQL).With(sqldb.Options{}).DB(t, "desk"))
	b, recording, proceed, r := busy(t, d)
	d.enqueueSet("a")
	<-recording
	d.enqueueSet("e", "c")
	d.enqueueSet("d", "b")
	b.called(t, 5)
	proceed()
	require.Eventually(t, func() bool { return d.tasks() == 0 }, time.Minute, time.Millisecond)
	require.NoError(t, r.Stop(t.Context()))
	require.Equal(t, "a", b.sets[0][0])
	var later []string
	for _, set := range b.sets[1:] {
		later = append(later, set...)
	}
	require.Equal(t, []string{"b", "c", "d", "e"}, later)
	require.LessOrEqual(t, len(b.sets), 3, "the last of them may just have been answered")
}

func TestStopRecordsTheAnswersThatHaveCome(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.With(sqldb.Options{}).DB(t, "desk"))
		d.enqueueSet(letters(8)...)
		b, recording, proceed, r := busy(t, d)
		<-recording
		b.called(t, 8)
		hurried, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, r.Stop(hurried), context.Canceled)
		proceed()
		require.NoError(t, r.Stop(t.Context()))
		require.Zero(t, d.tasks())
		require.Equal(t, letters(8), d.names())
	})
}

func TestAnAnswerThatComesAloneWaitsForNobody(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		b := &bureau{}
		d.start(d.runner(b.handler()))
		synctest.Wait()
		start := time.Now()
		for n, key := range letters(3) {
			d.enqueueSet(key)
			synctest.Wait()
			require.Equal(t, n+1, d.effects())
		}
		require.Zero(t, time.Since(start))
	})
}

func TestLeasesAreRenewedByOneStatementUntilTheirAnswersAreRecorded(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	renewals := 0
	e := dbtest.Only(t, sqldb.MySQL).With(sqldb.Options{Observe: func(s sqldb.Statement) {
		if strings.Contains(s.Query, "SET leased_until") {
			mu.Lock()
			defer mu.Unlock()
			renewals++
		}
	}})
	d := newDesk(t, e.DB(t, "desk"))
	d.enqueueSet(letters(9)...)
	b, recording, proceed, r := busy(t, d)
	<-recording
	b.called(t, 9)
	d.exec("UPDATE bus_task SET leased_until = leased_until - 3000000")
	mu.Lock()
	renewals = 0
	mu.Unlock()
	seen := func() int {
		mu.Lock()
		defer mu.Unlock()
		return renewals
	}
	require.Eventually(t, func() bool {
		return d.count("SELECT COUNT(*) FROM bus_task WHERE leased_until > "+d.db.Engine().Clock()+" + 2500000") == 9
	}, time.Minute, time.Millisecond)
	require.Less(t, seen(), 9, "one would do, but the next may be due")
	proceed()
	require.NoError(t, r.Stop(t.Context()))
	require.Zero(t, d.tasks())
}

func TestRunnersShareTasksOfSetsAndCallForNoneTwice(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		const total = 150
		d := newDesk(t, e.With(sqldb.Options{}).DB(t, "desk"))
		d.enqueueSet(letters(total)...)
		offices := make([]*bureau, 3)
		for i := range offices {
			offices[i] = &bureau{}
			d.start(d.runner(offices[i].handler()))
		}
		require.Eventually(t, func() bool { d.queue.Wake(); return d.tasks() == 0 }, time.Minute, 5*time.Millisecond)
		require.Equal(t, total, d.effects())
		called := map[string]int{}
		for _, b := range offices {
			b.mu.Lock()
			for key, n := range b.calls {
				called[key] += n
			}
			b.mu.Unlock()
		}
		require.Len(t, called, total)
		for key, n := range called {
			require.Equal(t, 1, n, key)
		}
	})
}

func TestASetOfTasksIsRecordedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		d.enqueueSet("b")
		later := d.now().Add(time.Hour)
		require.NoError(t, sqldb.InTx(t.Context(), d.db, func(tx *sqldb.Tx) error {
			require.NoError(t, d.queue.EnqueueSet(t.Context(), tx, nil))
			require.ErrorIs(t, d.queue.EnqueueSet(t.Context(), tx, []task.New{
				{Kind: "errand", Key: "a"}, {Kind: "errand", Key: "b"}, {Kind: "errand", Key: "c"},
			}), task.ErrDuplicate)
			return d.queue.EnqueueSet(t.Context(), tx, []task.New{ // the transaction goes on
				{Kind: "errand", Key: "d", Payload: 7}, {Kind: "other", Key: "b", NotBefore: later},
			})
		}))
		list := d.list(task.Filter{})
		require.Len(t, list, 3)
		require.Equal(t, []string{"b", "d", "b"}, []string{list[0].Key, list[1].Key, list[2].Key})
		require.Equal(t, later.UnixMicro(), list[2].RunAt.UnixMicro())
		shown, err := task.Show(t.Context(), d.db, list[1].ID)
		require.NoError(t, err)
		require.JSONEq(t, "7", string(shown.Payload))
	})
}
