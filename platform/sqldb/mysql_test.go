package sqldb_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestADeadlockIsRetriedAlsoWhenTheClosureHidesIt(t *testing.T) {
	t.Parallel()
	for name, hidden := range map[string]error{"shown": nil, "hidden": errOwn} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := bare(t, dbtest.Only(t, sqldb.MySQL))
			write(t, db, "INSERT INTO item (id, n) VALUES (1, 0), (2, 0)")
			var both sync.WaitGroup
			both.Add(2)
			meet := func() { both.Done(); both.Wait() }
			cross := func(first, second int) error {
				attempt := 0
				return sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
					attempt++
					if _, err := tx.Exec(t.Context(), "UPDATE item SET n = n + 1 WHERE id = ?", first); err != nil {
						return err
					}
					if attempt == 1 {
						meet() // each holds its first row now
					}
					_, err := tx.Exec(t.Context(), "UPDATE item SET n = n + 1 WHERE id = ?", second)
					if err != nil && hidden != nil {
						return hidden
					}
					return err
				})
			}
			other := make(chan error, 1)
			go func() { other <- cross(2, 1) }()
			require.NoError(t, cross(1, 2))
			require.NoError(t, <-other)
			require.Equal(t, int64(1), db.Stats().Retries.Load())
			var n []int
			require.NoError(t, db.Select(t.Context(), &n, "SELECT n FROM item"))
			require.Equal(t, []int{2, 2}, n)
		})
	}
}

func TestAWaitForALockThatTakesTooLongIsRetried(t *testing.T) {
	t.Parallel()
	db := bare(t, dbtest.Only(t, sqldb.MySQL))
	write(t, db, insertItem, 1, 0)
	var seconds int
	require.NoError(t, db.Get(t.Context(), &seconds, "SELECT @@innodb_lock_wait_timeout"))
	require.Equal(t, 5, seconds, "well below MaxTx")

	held := hold(t, db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), updateItem, 1, 1)
		return err
	})
	attempt := 0
	require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
		if attempt++; attempt == 2 {
			require.NoError(t, held.commit())
		}
		if _, err := tx.Exec(t.Context(), "SET SESSION innodb_lock_wait_timeout = 1"); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), updateItem, 2, 1)
		return err
	}))
	require.Equal(t, 2, attempt)
	var n int
	require.NoError(t, db.Get(t.Context(), &n, selectN, 1))
	require.Equal(t, 2, n)
}

func TestReadsSeeWhatOthersCommitWhileTheTransactionLasts(t *testing.T) {
	t.Parallel()
	db := bare(t, dbtest.Only(t, sqldb.MySQL))
	require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
		require.Empty(t, within(t, tx))
		write(t, db, insertItem, 1, 0)
		require.Equal(t, []int{1}, within(t, tx), "READ COMMITTED")
		return nil
	}))
}

func TestACloseWaitsForTheTransactionThatRuns(t *testing.T) {
	t.Parallel()
	e := dbtest.Only(t, sqldb.MySQL).With(sqldb.Options{})
	dbs := e.DBs(t, "stock")
	db := dbs["stock"]
	held := hold(t, db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), "INSERT INTO bus_consumer (name) VALUES ('late')")
		return err
	})
	closed := make(chan error, 1)
	go func() { closed <- db.Close() }()
	nothing := func(*sqldb.Tx) error { return nil }
	require.Eventually(t, func() bool { return sqldb.InTx(t.Context(), db, nothing) != nil }, 10*time.Second, time.Millisecond)
	require.ErrorIs(t, sqldb.InTx(t.Context(), db, nothing), sqldb.ErrClosed)
	require.Empty(t, closed)
	require.NoError(t, held.commit())
	require.NoError(t, <-closed)
}

func TestAStatementThatOverrunsIsInterrupted(t *testing.T) {
	t.Parallel()
	const limit = 500 * time.Millisecond
	db := items(t, dbtest.Only(t, sqldb.MySQL).With(sqldb.Options{MaxTx: limit}))
	start := time.Now()
	err := sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
		var n int
		return tx.Get(context.Background(), &n, "SELECT SLEEP(60)") // which does not end
	})
	require.ErrorIs(t, err, sqldb.ErrOverrun)
	require.Less(t, time.Since(start), 8*limit)
	write(t, db, insertItem, 1, 0)
}

func TestAnOverrunEndsATransactionThatDoesNothing(t *testing.T) {
	t.Parallel()
	db := items(t, dbtest.Only(t, sqldb.MySQL).With(sqldb.Options{MaxTx: 200 * time.Millisecond}))
	err := sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
		if err := insert(t, tx, 1, 0); err != nil {
			return err
		}
		ended, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		<-ended.Done()
		return insert(t, tx, 2, 0)
	})
	require.ErrorIs(t, err, sqldb.ErrOverrun)
	require.Empty(t, numbers(t, db))
}

// held is a transaction that stays open in a goroutine of its own.
type held struct {
	end   func()
	ended chan error
}

// hold answers when f has run.
func hold(t *testing.T, db *sqldb.DB, f func(tx *sqldb.Tx) error) held {
	t.Helper()
	ran, end := make(chan struct{}), make(chan struct{})
	h := held{end: sync.OnceFunc(func() { close(end) }), ended: make(chan error, 1)}
	t.Cleanup(h.end)
	go func() {
		h.ended <- sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
			err := f(tx)
			close(ran)
			<-end
			return err
		})
	}()
	<-ran
	return h
}

func (h held) commit() error {
	h.end()
	return <-h.ended
}
