package sqldb_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestADuplicateKeyLeavesTheTransactionUsable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		db := items(t, e)
		write(t, db, insertItem, 1, 0)
		require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(t.Context(), "INSERT INTO item (id, n) VALUES (2, 0), (1, 0)")
			require.True(t, sqldb.IsDuplicate(err), "%v", err)
			require.False(t, sqldb.IsInfrastructure(err))
			return insert(t, tx, 3, 0)
		}))
		require.Equal(t, []int{1, 3}, numbers(t, db), "the failed statement left nothing")
	})
}

func TestNoRowIsNoFailure(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		db := items(t, e)
		require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
			var n int
			require.True(t, sqldb.IsNoRows(tx.Get(t.Context(), &n, selectN+" FOR UPDATE", 1)))
			return insert(t, tx, 1, 0)
		}))
	})
}

func TestAfterAFailedStatementTheTransactionRefusesTheRest(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		db := items(t, e)
		err := sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
			require.NoError(t, insert(t, tx, 1, 0))
			require.Error(t, insert(t, tx, 2, -1))
			var n []int
			require.ErrorIs(t, insert(t, tx, 3, 0), sqldb.ErrBroken)
			require.ErrorIs(t, tx.Get(t.Context(), &n, countItems), sqldb.ErrBroken)
			require.ErrorIs(t, tx.Select(t.Context(), &n, countItems), sqldb.ErrBroken)
			require.ErrorIs(t, tx.SelectIn(t.Context(), &n, "SELECT n FROM item WHERE id IN (?)", []int{1}), sqldb.ErrBroken)
			_, err := tx.ExecIn(t.Context(), "DELETE FROM item WHERE id IN (?)", []int{1})
			require.ErrorIs(t, err, sqldb.ErrBroken)
			return nil // as if nothing had happened
		})
		require.ErrorIs(t, err, sqldb.ErrBroken)
		require.Regexp(t, "(?i)constraint", err, "it names the first failure")
		require.Empty(t, numbers(t, db))
	})
}

func TestTheClosuresOwnErrorComesBackAsItIs(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		db := items(t, e)
		require.Equal(t, errOwn, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
			require.NoError(t, insert(t, tx, 1, 0))
			return errOwn
		}))
		require.Equal(t, errOwn, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
			require.Error(t, insert(t, tx, 1, -1)) // a CHECK that means something to the closure
			return errOwn
		}))
		require.Empty(t, numbers(t, db))
	})
}

func TestAPanicRollsBackAndRisesInTheCaller(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		db := items(t, e)
		require.PanicsWithValue(t, "ouch", func() {
			_ = sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
				require.NoError(t, insert(t, tx, 1, 0))
				panic("ouch")
			})
		})
		require.Empty(t, numbers(t, db))
		write(t, db, insertItem, 2, 0)
	})
}

func TestHooksRunAfterCommitAndNotAfterARollback(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		for name, options := range map[string]sqldb.Options{"once": {}, "twice": {RunTwice: true}} {
			t.Run(name, func(t *testing.T) {
				db := items(t, e.With(options))
				var rang atomic.Int32
				hook := func() { rang.Add(1) }
				require.Equal(t, errOwn, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
					tx.OnCommit(hook)
					return errOwn
				}))
				require.Error(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
					tx.OnCommit(hook)
					return insert(t, tx, 1, -1)
				}))
				require.Zero(t, rang.Load())
				require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
					tx.OnCommit(hook)
					return insert(t, tx, 1, 0)
				}))
				require.Equal(t, int32(1), rang.Load())
			})
		}
	})
}

func TestInTestModeAClosureRunsTwiceAndTakesEffectOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		db := items(t, e.With(sqldb.Options{RunTwice: true}))
		runs := 0
		require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
			runs++
			require.Empty(t, within(t, tx), "the first run was rolled back")
			return insert(t, tx, 1, 0)
		}))
		require.Equal(t, 2, runs)
		require.Equal(t, []int{1}, numbers(t, db))
	})
}

func TestAGuardedUpdateCountsTheRowsItMatched(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		db := items(t, e)
		write(t, db, insertItem, 1, 5)
		require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
			n, err := tx.ExecCount(t.Context(), updateItem, 5, 1)
			require.Equal(t, int64(1), n, "it matched, though nothing changed")
			return err
		}))
	})
}

func TestUpsertsAndIgnoredInsertsMeanTheSameOnBothEngines(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		db := items(t, e)
		write(t, db, "INSERT INTO item (id, n) VALUES "+sqldb.Placeholders(2, 2), 1, 1, 2, 2)
		write(t, db, insertItem+db.Engine().OnDuplicate([]string{"id"}, "n"), 1, 10)
		write(t, db, db.Engine().InsertIgnore()+" INTO item (id, n) VALUES (?, ?)", 2, 20)
		var n []int
		require.NoError(t, db.Select(t.Context(), &n, "SELECT n FROM item ORDER BY id"))
		require.Equal(t, []int{10, 2}, n)
		require.NoError(t, db.SelectIn(t.Context(), &n, "SELECT n FROM item WHERE id IN (?)", []int{1}))
	})
}

func TestIDsTimesAndTheDatabasesClockAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		db := e.DB(t, "stock")
		task, lease := id.New(), id.UUID{}
		at := time.Date(2026, 2, 28, 23, 59, 59, 999_999_000, time.UTC)
		write(t, db, `INSERT INTO bus_task (id, kind, task_key, payload, state, run_at, every, attempts, lease, leased_until, error, created_at)
			VALUES (?, 'k', 'ö', ?, 'due', ?, 0, 0, ?, `+db.Engine().Clock()+`, '', 0)`, task, []byte{0, 255}, at.UnixMicro(), lease)
		var row struct {
			ID          id.UUID `db:"id"`
			Key         string  `db:"task_key"`
			Payload     []byte  `db:"payload"`
			RunAt       int64   `db:"run_at"`
			Lease       id.UUID `db:"lease"`
			LeasedUntil int64   `db:"leased_until"`
		}
		require.NoError(t, db.Get(t.Context(), &row, "SELECT id, task_key, payload, run_at, lease, leased_until FROM bus_task WHERE id = ?", task))
		require.Equal(t, task, row.ID)
		require.Equal(t, "ö", row.Key)
		require.Equal(t, []byte{0, 255}, row.Payload)
		require.Equal(t, at, time.UnixMicro(row.RunAt).UTC())
		require.True(t, row.Lease.IsZero(), "the zero ID is NULL")
		require.WithinDuration(t, time.Now(), time.UnixMicro(row.LeasedUntil), time.Minute)
	})
}

func within(t *testing.T, tx *sqldb.Tx) []int {
	t.Helper()
	var ids []int
	require.NoError(t, tx.Select(t.Context(), &ids, "SELECT id FROM item ORDER BY id"))
	return ids
}
