package sqldb_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	createItem = "CREATE TABLE IF NOT EXISTS item (id INT NOT NULL PRIMARY KEY, n BIGINT NOT NULL, CHECK (n >= 0))"
	dropItem   = "DROP TABLE IF EXISTS item"
	insertItem = "INSERT INTO item (id, n) VALUES (?, ?)"
	updateItem = "UPDATE item SET n = ? WHERE id = ?"
	selectN    = "SELECT n FROM item WHERE id = ?"
	countItems = "SELECT COUNT(*) FROM item"
)

var errOwn = errors.New("the unit's own error")

// items is a schema with the table item.
func items(t *testing.T, e dbtest.Engine) *sqldb.DB {
	t.Helper()
	db := e.AsOwner().DB(t, "stock")
	write(t, db, createItem)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		err := sqldb.InTx(ctx, db, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, dropItem)
			return err
		})
		if !errors.Is(err, sqldb.ErrClosed) {
			require.NoError(t, err)
		}
	})
	return db
}

// bare is the database of an engine as production opens it: closures run once.
func bare(t *testing.T, e dbtest.Engine) *sqldb.DB {
	t.Helper()
	return items(t, e.With(sqldb.Options{}))
}

func write(t *testing.T, db *sqldb.DB, query string, args ...any) {
	t.Helper()
	require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), query, args...)
		return err
	}))
}

func insert(t *testing.T, tx *sqldb.Tx, id, n int) error {
	t.Helper()
	_, err := tx.Exec(t.Context(), insertItem, id, n)
	return err
}

func numbers(t *testing.T, db *sqldb.DB) []int {
	t.Helper()
	var ids []int
	require.NoError(t, db.Select(t.Context(), &ids, "SELECT id FROM item ORDER BY id"))
	return ids
}

// bubble runs a test of the SQLite writer in a bubble: synctest.Wait says when every goroutine waits
// for another, and waiting takes no time.
func bubble(t *testing.T, o sqldb.Options, test func(t *testing.T, db *sqldb.DB)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		test(t, items(t, dbtest.Only(t, sqldb.SQLite).With(o)))
	})
}

// line holds the writer while units queue up behind each other, so that they share a commit.
type line struct {
	t       *testing.T
	db      *sqldb.DB
	release chan struct{}
	ended   []chan error
}

func newLine(t *testing.T, db *sqldb.DB) *line {
	t.Helper()
	l := &line{t: t, db: db, release: make(chan struct{})}
	l.add(t.Context(), func(*sqldb.Tx) error {
		<-l.release
		return nil
	})
	return l
}

// add answers when f stands in the queue.
func (l *line) add(ctx context.Context, f func(tx *sqldb.Tx) error) {
	ended := make(chan error, 1)
	l.ended = append(l.ended, ended)
	go func() { ended <- sqldb.InTx(ctx, l.db, f) }()
	synctest.Wait()
}

// run lets all go, and answers what those that were added got.
func (l *line) run() []error {
	close(l.release)
	var errs []error
	for _, ended := range l.ended {
		errs = append(errs, <-ended)
	}
	require.NoError(l.t, errs[0])
	return errs[1:]
}
