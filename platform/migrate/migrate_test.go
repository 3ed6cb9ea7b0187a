package migrate_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/migrate"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	first = `-- +goose Up
CREATE TABLE shelf (id {{auto_pk}}, name VARCHAR(10) NOT NULL, note {{text}} NOT NULL, picture {{blob}} NOT NULL);
CREATE UNIQUE INDEX shelf_name ON shelf (name);
CREATE TABLE place (shelf BIGINT NOT NULL, no INT NOT NULL, PRIMARY KEY (shelf, no)) {{clustered}};
`
	second = `-- +goose Up
ALTER TABLE shelf ADD COLUMN width INT NOT NULL DEFAULT 0;
`
)

func scripts(texts ...string) fs.FS {
	files := fstest.MapFS{}
	for i, name := range []string{"00001_shelf.sql", "00002_width.sql"}[:len(texts)] {
		files[name] = &fstest.MapFile{Data: []byte(texts[i])}
	}
	return files
}

// platformSet is how many migrations the platform's own set has.
func platformSet(t *testing.T, l sqldb.Location) int {
	t.Helper()
	n, err := migrate.Up(t.Context(), l, "counted", scripts(first))
	require.NoError(t, err)
	return n - 1
}

func TestMigrationsAppliedTwiceDoNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		l := e.Location(t)
		own := platformSet(t, l)
		n, err := migrate.Up(t.Context(), l, "depot", scripts(first))
		require.NoError(t, err)
		require.Equal(t, own+1, n)
		n, err = migrate.Up(t.Context(), l, "depot", scripts(first))
		require.NoError(t, err)
		require.Zero(t, n)
		n, err = migrate.Up(t.Context(), l, "depot", scripts(first, second))
		require.NoError(t, err)
		require.Equal(t, 1, n, "only what is missing")
	})
}

func TestTheWordsOfMigrationsMeanTheSameOnBothEngines(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		l := e.Location(t)
		_, err := migrate.Up(t.Context(), l, "depot", scripts(first))
		require.NoError(t, err)
		db, err := sqldb.Open(t.Context(), l, "depot", sqldb.Options{})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		big := make([]byte, 100_000)
		require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
			for _, name := range []string{"a", "b"} {
				if _, err := tx.Exec(t.Context(), "INSERT INTO shelf (name, note, picture) VALUES (?, ?, ?)", name, string(big), big); err != nil {
					return err
				}
			}
			return nil
		}))
		var ids []int64
		require.NoError(t, db.Select(t.Context(), &ids, "SELECT id FROM shelf ORDER BY id"))
		require.Equal(t, []int64{1, 2}, ids)
	})
}

func TestInstancesThatMigrateAtOnceAllSucceed(t *testing.T) {
	t.Parallel()
	l := dbtest.Only(t, sqldb.MySQL).Location(t)
	own := platformSet(t, l)
	slow := strings.Replace(first, "CREATE", "DO SLEEP(0.3);\nCREATE", 1) // so that they meet
	type result struct {
		n   int
		err error
	}
	results := make(chan result)
	const instances = 3
	for range instances {
		go func() {
			n, err := migrate.Up(t.Context(), l, "depot", scripts(slow, second))
			results <- result{n, err}
		}()
	}
	total := 0
	for range instances {
		r := <-results
		require.NoError(t, r.err)
		total += r.n
	}
	require.Equal(t, own+2, total, "each migration ran once")
}

func TestOnSQLiteAMigrationIsRefusedWhileAServerRuns(t *testing.T) {
	t.Parallel()
	l := dbtest.Only(t, sqldb.SQLite).Location(t)
	_, err := migrate.Up(t.Context(), l, "depot", scripts(first))
	require.NoError(t, err)
	server, err := sqldb.Open(t.Context(), l, "depot", sqldb.Options{})
	require.NoError(t, err)
	_, err = migrate.Up(t.Context(), l, "depot", scripts(first, second))
	require.ErrorIs(t, err, sqldb.ErrLocked)
	require.NoError(t, server.Close())
	n, err := migrate.Up(t.Context(), l, "depot", scripts(first, second))
	require.NoError(t, err)
	require.Equal(t, 1, n)
}

func TestAMigrationThatFailsNamesModuleAndVersionAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		l := e.Location(t)
		_, err := migrate.Up(t.Context(), l, "depot", scripts(first, "-- +goose Up\nCREATE NONSENSE;\n"))
		require.ErrorContains(t, err, "depot")
		require.ErrorContains(t, err, "version:2")
		n, err := migrate.Up(t.Context(), l, "depot", scripts(first, second))
		require.NoError(t, err)
		require.Equal(t, 1, n)
	})
}
