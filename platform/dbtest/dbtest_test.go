package dbtest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	insertConsumer = "INSERT INTO bus_consumer (name) VALUES (?)"
	countConsumers = "SELECT COUNT(*) FROM bus_consumer"
)

func TestEachTestGetsItsSchemaEmptyAndAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		for range 3 {
			t.Run("one of several", func(t *testing.T) {
				t.Parallel()
				for range 3 { // one after the other on what the pool has
					t.Run("borrower", func(t *testing.T) {
						db := e.DB(t, "nomodule")
						require.Zero(t, count(t, db))
						insert(t, db, "payment")
						require.Equal(t, 1, count(t, db))
					})
				}
			})
		}
	})
}

func TestSchemasOfOneStoreAreApart(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		dbs := e.DBs(t, "first", "second")
		require.Len(t, dbs, 2)
		insert(t, dbs["first"], "payment")
		require.Equal(t, 1, count(t, dbs["first"]))
		require.Zero(t, count(t, dbs["second"]))
	})
}

func TestOnMySQLAModuleReachesNoOtherModulesSchema(t *testing.T) {
	t.Parallel()
	store := dbtest.Only(t, sqldb.MySQL).MigratedURL(t, "first", "second")
	location, err := sqldb.ParseLocation(store)
	require.NoError(t, err)
	_, secret, found := strings.Cut(dbtest.Settings(store)[0], "BANYAN_DB_SECRET=")
	require.True(t, found)
	first, err := sqldb.Open(t.Context(), location.WithUsers(secret), "first", sqldb.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, first.Close()) })
	insert(t, first, "payment")
	var n int
	const query = "SELECT COUNT(*) FROM second.bus_consumer"
	err = first.Get(t.Context(), &n, strings.Replace(query, "second", location.Schema("second"), 1))
	require.ErrorContains(t, err, "Error 1142")
}

func TestClosuresRunTwiceUnlessOptionsSayOtherwise(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		for want, engine := range map[int]dbtest.Engine{2: e, 1: e.With(sqldb.Options{})} {
			runs := 0
			require.NoError(t, sqldb.InTx(t.Context(), engine.DB(t, "nomodule"), func(*sqldb.Tx) error {
				runs++
				return nil
			}))
			require.Equal(t, want, runs)
		}
	})
}

func TestAnEmptyStoreGoesAwayWithItsTest(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		var used sqldb.Location
		t.Run("user", func(t *testing.T) {
			used = e.Location(t)
			db, release, err := sqldb.OpenForMigration(t.Context(), used, "first")
			require.NoError(t, err)
			_, err = db.ExecContext(t.Context(), "CREATE TABLE made_by_program (id INT)")
			require.NoError(t, err)
			require.NoError(t, release())
			require.True(t, exists(t, e, used.Schema("first")))
		})
		require.False(t, exists(t, e, used.Schema("first")))
	})
}

func TestAMigratedStoreIsReadyForAProgram(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		location, err := sqldb.ParseLocation(e.MigratedURL(t, "first"))
		require.NoError(t, err)
		db, err := sqldb.Open(t.Context(), location, "first", sqldb.Options{})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		require.Zero(t, count(t, db))
	})
}

func TestWithoutAServerTheMySQLHalfIsSkippedAndFailsInCI(t *testing.T) {
	t.Parallel()
	for ci, want := range map[string]string{"": "--- SKIP", "true": "--- FAIL"} {
		half := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run=^TestSchemasOfOneStoreAreApart$")
		half.Env = append(os.Environ(), dbtest.Variable+"=", "CI="+ci)
		output, err := half.CombinedOutput()
		require.Equal(t, ci == "true", err != nil, "%s", output)
		require.Contains(t, string(output), want+": TestSchemasOfOneStoreAreApart/mysql")
		require.Contains(t, string(output), "--- PASS: TestSchemasOfOneStoreAreApart/sqlite")
	}
}

func insert(t *testing.T, db *sqldb.DB, name string) {
	t.Helper()
	require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), insertConsumer, name)
		return err
	}))
}

func count(t *testing.T, db *sqldb.DB) int {
	t.Helper()
	var n int
	require.NoError(t, db.Get(t.Context(), &n, countConsumers))
	return n
}

// exists asks for a file, or for a database from a connection to another one.
func exists(t *testing.T, e dbtest.Engine, schema string) bool {
	t.Helper()
	if e.Kind == sqldb.SQLite {
		_, err := os.Stat(schema)
		return err == nil
	}
	var n int
	const query = "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ?"
	require.NoError(t, e.AsOwner().DB(t, "other").Get(t.Context(), &n, query, schema))
	return n == 1
}
