package sqldb_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestTransactionsThatWaitTogetherShareOneCommit(t *testing.T) {
	bubble(t, sqldb.Options{}, func(t *testing.T, db *sqldb.DB) {
		commits, units := db.Stats().Commits.Load(), db.Stats().Units.Load()
		l := newLine(t, db)
		for i := range 20 {
			l.add(t.Context(), func(tx *sqldb.Tx) error { return insert(t, tx, i, 0) })
		}
		for _, err := range l.run() {
			require.NoError(t, err)
		}
		require.Len(t, numbers(t, db), 20)
		require.Equal(t, int64(21), db.Stats().Units.Load()-units)
		require.Equal(t, int64(1), db.Stats().Commits.Load()-commits)
	})
}

func TestManyWritersShareCommitsAndLoseNothing(t *testing.T) {
	t.Parallel()
	db := bare(t, dbtest.Only(t, sqldb.SQLite))
	var writers sync.WaitGroup
	for w := range 16 {
		writers.Go(func() {
			for i := range 20 {
				err := sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
					switch i % 5 {
					case 3:
						return errOwn
					case 4:
						return insert(t, tx, 1000+20*w+i, -1) // violates the CHECK
					}
					return insert(t, tx, 20*w+i, 0)
				})
				if i%5 < 3 && err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	require.Len(t, numbers(t, db), 16*12)
	require.Less(t, db.Stats().Commits.Load(), db.Stats().Units.Load())
}

func TestAUnitsOwnErrorUndoesItAloneWhileItsNeighboursCommit(t *testing.T) {
	bubble(t, sqldb.Options{}, func(t *testing.T, db *sqldb.DB) {
		runs := 0
		l := newLine(t, db)
		l.add(t.Context(), func(tx *sqldb.Tx) error { runs++; return insert(t, tx, 1, 0) })
		l.add(t.Context(), func(tx *sqldb.Tx) error {
			require.NoError(t, insert(t, tx, 2, 0))
			return errOwn
		})
		l.add(t.Context(), func(tx *sqldb.Tx) error { runs++; return insert(t, tx, 3, 0) })
		errs := l.run()
		require.NoError(t, errs[0])
		require.Equal(t, errOwn, errs[1])
		require.NoError(t, errs[2])
		require.Equal(t, []int{1, 3}, numbers(t, db))
		require.Equal(t, 2, runs, "nobody ran again")
		require.Zero(t, db.Stats().Rollbacks.Load())
	})
}

func TestAFailedStatementRollsTheGroupBackAndItsNeighboursRunAgainAlone(t *testing.T) {
	bubble(t, sqldb.Options{}, func(t *testing.T, db *sqldb.DB) {
		before, after := 0, 0
		l := newLine(t, db)
		l.add(t.Context(), func(tx *sqldb.Tx) error { before++; return insert(t, tx, 1, 0) })
		l.add(t.Context(), func(tx *sqldb.Tx) error {
			require.NoError(t, insert(t, tx, 2, 0))
			return insert(t, tx, 3, -1)
		})
		l.add(t.Context(), func(tx *sqldb.Tx) error { after++; return insert(t, tx, 4, 0) })
		errs := l.run()
		require.NoError(t, errs[0])
		require.ErrorContains(t, errs[1], "CHECK")
		require.NoError(t, errs[2])
		require.Equal(t, []int{1, 4}, numbers(t, db))
		require.Equal(t, 2, before)
		require.Equal(t, 1, after, "it came after the rollback")
	})
}

func TestAContextThatEndsInTheQueueWithdrawsTheUnit(t *testing.T) {
	bubble(t, sqldb.Options{}, func(t *testing.T, db *sqldb.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		l := newLine(t, db)
		l.add(ctx, func(tx *sqldb.Tx) error { return insert(t, tx, 1, 0) })
		l.add(t.Context(), func(tx *sqldb.Tx) error { return insert(t, tx, 2, 0) })
		cancel()
		synctest.Wait()
		require.Len(t, l.ended[1], 1, "it does not wait for the writer")
		errs := l.run()
		require.ErrorIs(t, errs[0], context.Canceled)
		require.NoError(t, errs[1])
		require.Equal(t, []int{2}, numbers(t, db))
		require.ErrorIs(t, sqldb.InTx(ctx, db, func(*sqldb.Tx) error { return nil }), context.Canceled)
	})
}

func TestAContextThatEndsInItsTurnLeavesTheGroupAlone(t *testing.T) {
	bubble(t, sqldb.Options{}, func(t *testing.T, db *sqldb.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		l := newLine(t, db)
		l.add(t.Context(), func(tx *sqldb.Tx) error { return insert(t, tx, 1, 0) })
		l.add(ctx, func(tx *sqldb.Tx) error {
			cancel()
			_, err := tx.Exec(ctx, insertItem, 2, 0)
			return err
		})
		errs := l.run()
		require.NoError(t, errs[0])
		require.NoError(t, errs[1])
		require.Equal(t, []int{1, 2}, numbers(t, db))
	})
}

func TestAnOverrunCostsItsUnitOnlyAndTheOthersCommitOnANewConnection(t *testing.T) {
	bubble(t, sqldb.Options{MaxTx: time.Minute}, func(t *testing.T, db *sqldb.DB) {
		hang := make(chan struct{})
		var late error
		l := newLine(t, db)
		l.add(t.Context(), func(tx *sqldb.Tx) error { return insert(t, tx, 1, 0) })
		l.add(t.Context(), func(tx *sqldb.Tx) error {
			require.NoError(t, insert(t, tx, 2, 0))
			<-hang
			late = insert(t, tx, 3, 0)
			return nil
		})
		l.add(t.Context(), func(tx *sqldb.Tx) error { return insert(t, tx, 4, 0) })
		close(l.release)
		for _, i := range []int{1, 3} {
			require.NoError(t, <-l.ended[i])
		}
		require.Equal(t, []int{1, 4}, numbers(t, db))
		close(hang)
		require.ErrorIs(t, <-l.ended[2], sqldb.ErrOverrun)
		require.Error(t, late, "its connection is gone")
		require.Equal(t, []int{1, 4}, numbers(t, db))
	})
}

func TestACloseFinishesTheQueueAndRefusesLaterUnits(t *testing.T) {
	bubble(t, sqldb.Options{}, func(t *testing.T, db *sqldb.DB) {
		closed := make(chan error, 1)
		runs := 0
		// Each refuses and so ends its group: the writer decides 20 times whether to go on.
		refuse := func(*sqldb.Tx) error { runs++; return errOwn }
		l := &line{t: t, db: db, release: make(chan struct{})}
		l.add(t.Context(), func(tx *sqldb.Tx) error {
			<-l.release
			return refuse(tx)
		})
		for range 20 {
			l.add(t.Context(), refuse)
		}
		go func() { closed <- db.Close() }()
		synctest.Wait()
		require.Empty(t, closed, "it waits")
		require.ErrorIs(t, sqldb.InTx(t.Context(), db, func(*sqldb.Tx) error { return nil }), sqldb.ErrClosed)
		close(l.release)
		for _, ended := range l.ended {
			require.Equal(t, errOwn, <-ended)
		}
		require.NoError(t, <-closed)
		require.Equal(t, 21, runs)
		require.NoError(t, db.Close(), "a second time does nothing")
	})
}

func TestAClosureThatEndsItsGoroutineHoldsUpNobody(t *testing.T) {
	bubble(t, sqldb.Options{}, func(t *testing.T, db *sqldb.DB) {
		for _, n := range []int{0, -1} { // with the transaction well, and broken
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_ = sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
					_ = insert(t, tx, 1, n)
					runtime.Goexit()
					return nil
				})
				t.Error("it went on")
			}()
			<-ended
			synctest.Wait()
		}
		start := time.Now()
		require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error { return insert(t, tx, 2, 0) }))
		require.Zero(t, time.Since(start), "nobody waited for a deadline")
		require.Equal(t, []int{2}, numbers(t, db))
	})
}
