package sqldb_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

var errDisliked = errors.New("not this one")

// clerk writes numbers in batches. Its first transaction waits until it is let go, so that the others
// gather meanwhile.
type clerk struct {
	t       *testing.T
	db      *sqldb.DB
	batcher *sqldb.Batcher[int]
	started chan struct{}
	letGo   chan struct{}

	mu      sync.Mutex
	batches [][]int
}

const mostNumbers = 8

func newClerk(t *testing.T, e dbtest.Engine) *clerk {
	t.Helper()
	c := &clerk{t: t, db: e.AsOwner().With(sqldb.Options{}).DB(t, "shop"), started: make(chan struct{}), letGo: make(chan struct{})}
	c.exec("CREATE TABLE number (n BIGINT NOT NULL PRIMARY KEY)")
	t.Cleanup(func() { c.exec("DROP TABLE number") })
	c.batcher = sqldb.NewBatcher(c.db, mostNumbers, c.write)
	return c
}

func (c *clerk) exec(query string) {
	c.t.Helper()
	ctx := context.WithoutCancel(c.t.Context())
	require.NoError(c.t, sqldb.InTx(ctx, c.db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, query)
		return err
	}))
}

// write dislikes 13, and panics at 17.
func (c *clerk) write(ctx context.Context, tx *sqldb.Tx, batch []int) error {
	c.mu.Lock()
	first := len(c.batches) == 0
	c.batches = append(c.batches, batch)
	c.mu.Unlock()
	if first {
		close(c.started)
		<-c.letGo
	}
	args := make([]any, len(batch))
	for i, n := range batch {
		switch n {
		case 13:
			return errDisliked
		case 17:
			panic("a bug")
		}
		args[i] = n
	}
	_, err := tx.Exec(ctx, "INSERT INTO number (n) VALUES "+sqldb.Placeholders(len(batch), 1), args...)
	return err
}

// all does the numbers at the same time, behind a first one, and answers their errors.
func (c *clerk) all(numbers ...int) map[int]error {
	c.t.Helper()
	errs := make(map[int]error)
	var mu sync.Mutex
	do := func(n int) {
		defer func() {
			if p := recover(); p != nil {
				mu.Lock()
				errs[n] = errors.New("panicked")
				mu.Unlock()
			}
		}()
		err := c.batcher.Do(c.t.Context(), n)
		mu.Lock()
		errs[n] = err
		mu.Unlock()
	}
	var running sync.WaitGroup
	running.Go(func() { do(0) })
	<-c.started
	for _, n := range numbers {
		running.Go(func() { do(n) })
	}
	require.Eventually(c.t, func() bool { return c.batcher.Waiting() == len(numbers) }, time.Minute, time.Millisecond)
	close(c.letGo)
	running.Wait()
	return errs
}

func (c *clerk) written() []int {
	c.t.Helper()
	var numbers []int
	require.NoError(c.t, c.db.Select(c.t.Context(), &numbers, "SELECT n FROM number ORDER BY n"))
	return numbers
}

func TestWhatComesMeanwhileSharesTheNextTransaction(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		c := newClerk(t, e)
		for n, err := range c.all(1, 2, 3, 4, 5, 6, 7, 8, 9, 10) {
			require.NoError(t, err, n)
		}
		require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, c.written())
		require.Len(t, c.batches, 3)
		require.Len(t, c.batches[1], mostNumbers)
		require.Len(t, c.batches[2], 2)
		require.NoError(t, c.batcher.Do(t.Context(), 11), "nobody is left to lead")
	})
}

func TestOneThatFailsFailsAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		c := newClerk(t, e)
		errs := c.all(1, 13, 2, 17, 3)
		require.ErrorIs(t, errs[13], errDisliked)
		require.EqualError(t, errs[17], "panicked")
		for _, n := range []int{0, 1, 2, 3} {
			require.NoError(t, errs[n], n)
		}
		require.Equal(t, []int{0, 1, 2, 3}, c.written())
		require.NoError(t, c.batcher.Do(t.Context(), 4))
	})
}

func TestADuplicateInABatchIsItsOwnersError(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		c := newClerk(t, e)
		c.exec("INSERT INTO number (n) VALUES (2)")
		errs := c.all(1, 2, 3)
		require.True(t, sqldb.IsDuplicate(errs[2]), errs[2])
		require.NoError(t, errs[1])
		require.NoError(t, errs[3])
		require.Equal(t, []int{0, 1, 2, 3}, c.written())
	})
}

func TestWhoGivesUpWhileWaitingIsNotWritten(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		c := newClerk(t, e)
		first := make(chan error, 1)
		go func() { first <- c.batcher.Do(t.Context(), 0) }()
		<-c.started
		hurried, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() { gone <- c.batcher.Do(hurried, 1) }()
		require.Eventually(t, func() bool { return c.batcher.Waiting() == 1 }, time.Minute, time.Millisecond)
		cancel()
		require.ErrorIs(t, <-gone, context.Canceled)
		close(c.letGo)
		require.NoError(t, <-first)
		require.NoError(t, c.batcher.Do(t.Context(), 2))
		require.Equal(t, []int{0, 2}, c.written())
	})
}

func TestTheLeadersContextIsNotThatOfTheOthers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		c := newClerk(t, e)
		leading, cancel := context.WithCancel(t.Context())
		leader := make(chan error, 1)
		go func() { leader <- c.batcher.Do(leading, 0) }()
		<-c.started
		cancel() // it has begun: what it does is done for others, too
		close(c.letGo)
		require.NoError(t, <-leader)
		require.Equal(t, []int{0}, c.written())
	})
}
