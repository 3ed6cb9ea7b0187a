package move_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/move"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestThereAndBackEqualsTheOriginal(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, a, b dbtest.Engine) {
		from, to := made(t, a), b.Location(t)
		fill(t, from, 2500)
		before := dump(t, from)
		require.NoError(t, moving(from, to).Run(t.Context()))
		require.Equal(t, before, dump(t, to))
		requireCounterBehind(t, to, 5_000_000_000)

		_, err := sqldb.Open(t.Context(), from, depot, sqldb.Options{})
		require.ErrorIs(t, err, sqldb.ErrNotHome)
		require.ErrorContains(t, err, "set BANYAN_DB_DEPOT")
		require.ErrorContains(t, err, to.Place(depot))

		do(t, to, func(db *sql.DB) { exec(t, db, "UPDATE zone SET name = 'south'") })
		after := dump(t, to)
		require.NoError(t, backing(to, from).Run(t.Context()))
		require.Equal(t, after, dump(t, from))
		requireCounterBehind(t, from, 5_000_000_000)
		require.NoError(t, backing(from, to).Run(t.Context()), "and out once more")
		requireCounterBehind(t, to, 5_000_000_001)
	})
}

// requireCounterBehind inserts a row that counts by itself.
func requireCounterBehind(t *testing.T, l sqldb.Location, least int64) {
	t.Helper()
	db, err := sqldb.Open(t.Context(), l, depot, sqldb.Options{})
	require.NoError(t, err)
	var id int64
	require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
		res, err := tx.Exec(t.Context(), "INSERT INTO shelf (name, code) VALUES ('new', '')")
		if err != nil {
			return err
		}
		id, err = res.LastInsertId()
		return err
	}))
	require.NoError(t, db.Close())
	require.Greater(t, id, least)
}

func TestAMoveThatIsCutAtAnyReportGoesOn(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, a, b dbtest.Engine) {
		from, to := made(t, a), b.Location(t)
		fill(t, from, 150)
		before := dump(t, from)
		wasCut, err := cut(t.Context(), moving(from, to), 1)
		for n := 0; wasCut; n++ {
			require.ErrorIs(t, err, context.Canceled)
			require.ErrorIs(t, moving(from, to).Run(t.Context()), move.ErrUnfinished)
			wasCut, err = cut(t.Context(), resuming(from, to), 1+n%2)
			require.Less(t, n, 100)
		}
		require.NoError(t, err)
		require.Equal(t, before, dump(t, to))
		requireCounterBehind(t, to, 5_000_000_000)
		require.NoError(t, resuming(from, to).Run(t.Context()), "again does nothing")
	})
}

func TestAMoveCanBeGivenUpUntilItIsSwitched(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, a, b dbtest.Engine) {
		from, to := made(t, a), b.Location(t)
		fill(t, from, 100)
		before := dump(t, from)
		for n := 1; ; n += 3 { // planned, fenced, and some of the chunks, each after another restart
			wasCut, err := cut(t.Context(), moving(from, to), n)
			if given := moving(from, to).Abort(t.Context()); !wasCut || given != nil {
				require.ErrorIs(t, given, move.ErrSwitched)
				require.NoError(t, resuming(from, to).Run(t.Context()))
				break
			}
			require.ErrorIs(t, err, context.Canceled)
			require.Equal(t, before, dump(t, from))
			do(t, from, func(db *sql.DB) { exec(t, db, "UPDATE zone SET name = 'east'") })
			before = dump(t, from)
			require.ErrorIs(t, moving(from, to).Abort(t.Context()), move.ErrNothing)
			require.ErrorIs(t, resuming(from, to).Run(t.Context()), move.ErrNothing)
			require.Less(t, n, 50)
		}
		require.Equal(t, before, dump(t, to))

		wasCut, err := cut(t.Context(), backing(to, from), 3)
		require.True(t, wasCut, err)
		require.NoError(t, backing(to, from).Abort(t.Context()))
		require.Equal(t, before, dump(t, to), "a move back, too")
		_, err = sqldb.Open(t.Context(), from, depot, sqldb.Options{})
		require.ErrorIs(t, err, sqldb.ErrNotHome)
		require.NoError(t, backing(to, from).Run(t.Context()))
		require.Equal(t, before, dump(t, from))
	})
}

// An instance writes on MySQL while its schema is moved: what was answered is at the target, and everything
// after is refused as unavailable.
func TestNothingThatWasAnsweredIsLostAndNothingIsWrittenBehindTheFence(t *testing.T) {
	t.Parallel()
	fromMySQL := []direction{{sqldb.MySQL, sqldb.MySQL}, {sqldb.MySQL, sqldb.SQLite}} // a file that somebody writes is locked
	inDirections(t, fromMySQL, func(t *testing.T, a, b dbtest.Engine) {
		from, to := made(t, a), b.Location(t)
		fill(t, from, 20)
		db, err := sqldb.Open(t.Context(), from, depot, sqldb.Options{})
		require.NoError(t, err)
		answered, ended := make(chan []int64, writers), make(chan error, writers)
		begun := make(chan struct{}, writers)
		for w := range writers {
			go func() {
				numbers, err := write(t.Context(), db, w, begun)
				answered <- numbers
				ended <- err
			}()
		}
		for range writers {
			<-begun
		}
		require.NoError(t, moving(from, to).Run(t.Context()))
		var want []int64
		for range writers {
			want = append(want, <-answered...)
			err := <-ended
			require.ErrorIs(t, err, sqldb.ErrFenced)
			require.ErrorIs(t, err, fault.Unavailable)
			require.True(t, sqldb.IsInfrastructure(err))
		}
		require.ErrorIs(t, db.AtHome(t.Context()), sqldb.ErrFenced)
		for _, statement := range []string{
			"INSERT IGNORE INTO zone (id, name) VALUES ('0123456789abcdef', 'late')", "DELETE FROM zone", "UPDATE zone SET name = 'late'",
			"INSERT INTO zone (id, name) SELECT id, name FROM zone ON DUPLICATE KEY UPDATE name = 'late'",
		} {
			require.ErrorIs(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
				_, err := tx.Exec(t.Context(), statement)
				return err
			}), sqldb.ErrFenced)
		}
		require.NoError(t, db.Close())
		var got []int64
		there, err := sqldb.Open(t.Context(), to, depot, sqldb.Options{})
		require.NoError(t, err)
		require.NoError(t, there.Select(t.Context(), &got, "SELECT no FROM parcel WHERE town = 'late' ORDER BY no"))
		require.NoError(t, there.Close())
		require.ElementsMatch(t, want, got)
		require.Equal(t, dump(t, from), dump(t, to))
	})
}

const writers = 4

// write inserts numbers, two tables in one transaction, until it is refused, and answers those that were taken.
func write(ctx context.Context, db *sqldb.DB, writer int, begun chan<- struct{}) (taken []int64, err error) {
	for n := int64(0); ; n++ {
		number := int64(writer)*1_000_000 + n
		err := sqldb.InTx(ctx, db, func(tx *sqldb.Tx) error {
			if _, err := tx.Exec(ctx, "INSERT INTO shelf (name, code, width) VALUES ('late', '', ?)", number); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "INSERT INTO parcel (town, id, no) VALUES ('late', '0123456789abcdef', ?)", number)
			return err
		})
		if err != nil {
			return taken, err
		}
		if taken = append(taken, number); len(taken) == 5 {
			begun <- struct{}{}
		}
	}
}
