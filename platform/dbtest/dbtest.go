// Package dbtest gives tests real databases: private to a test, migrated, and cheap.
//
//	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
//		db := e.DB(t, "order")
//		...
//	})
//
// On SQLite a test gets a copy of a file that was migrated once per process. On MySQL it borrows
// databases from a pool of the process and they are emptied for the next: creating the tables of one
// shop takes MariaDB over a second. Each schema is opened as its module's database user, as `banyan migrate
// --grants` makes it, so that a statement on another module's schema is refused. The server is the one that
// BANYAN_TEST_MYSQL_DSN names; make test starts it.
package dbtest

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Variable names the MySQL or MariaDB server for tests: mysql://user:password@host:port/.
const Variable = "BANYAN_TEST_MYSQL_DSN"

// Engine opens databases of one kind for one test.
type Engine struct {
	Kind sqldb.Engine

	options sqldb.Options
	owner   bool
}

// Each runs a parallel subtest per engine, named sqlite and mysql. Without a server the second is
// skipped, and fails if CI=true: half a proof must not look like a whole one.
func Each(t *testing.T, test func(t *testing.T, e Engine)) {
	t.Helper()
	for _, kind := range []sqldb.Engine{sqldb.SQLite, sqldb.MySQL} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			test(t, Only(t, kind))
		})
	}
}

// EachInTurn is Each for a test that looks at the whole process: it runs on one engine after the other,
// and, if it is not parallel itself, beside no other test.
func EachInTurn(t *testing.T, test func(t *testing.T, e Engine)) {
	t.Helper()
	for _, kind := range []sqldb.Engine{sqldb.SQLite, sqldb.MySQL} {
		t.Run(string(kind), func(t *testing.T) { test(t, Only(t, kind)) })
	}
}

// Only is for a test that concerns one engine. Its transactions' closures run twice, the first run
// being rolled back, so that an effect outside the transaction shows.
func Only(t *testing.T, kind sqldb.Engine) Engine {
	t.Helper()
	if kind == sqldb.MySQL && os.Getenv(Variable) == "" {
		require.NotEqual(t, "true", os.Getenv("CI"), "CI runs both engines: %s is not set", Variable)
		t.Skip(Variable + " is not set; make test starts a server")
	}
	return Engine{Kind: kind, options: sqldb.Options{RunTwice: true}}
}

// With opens databases with other options, such as an observer; the zero value is production's.
func (e Engine) With(options sqldb.Options) Engine {
	e.options = options
	return e
}

// AsOwner opens databases as the user who migrates them, for a test that defines tables of its own.
func (e Engine) AsOwner() Engine {
	e.owner = true
	return e
}

// DB is the empty, migrated schema of a module, the bus's tables included. A name that is no module
// gets those tables alone.
func (e Engine) DB(t *testing.T, module string) *sqldb.DB {
	t.Helper()
	return e.open(t, e.store(t, module), module)
}

// DBs are the schemas of several modules in one store, as one program has them.
func (e Engine) DBs(t *testing.T, modules ...string) map[string]*sqldb.DB {
	t.Helper()
	store := e.store(t, modules...)
	dbs := make(map[string]*sqldb.DB, len(modules))
	for _, module := range modules {
		dbs[module] = e.open(t, store, module)
	}
	return dbs
}

// URL is a BANYAN_DB value that names an empty store, for tests that start the program.
func (e Engine) URL(t *testing.T) string {
	t.Helper()
	if e.Kind == sqldb.SQLite {
		return "sqlite:" + t.TempDir()
	}
	return shared().emptyPrefix(t)
}

// Settings are the environment by which a program works on a store of these tests as the modules' users, as
// a shop with BANYAN_DB_SECRET does. MigratedURL has made the users; on a store of URL, `banyan migrate
// --grants` makes them.
func Settings(store string) []string {
	if strings.HasPrefix(store, "sqlite:") {
		return nil
	}
	return []string{"BANYAN_DB_SECRET=" + shared().secret}
}

// MigratedURL is like URL for a store that has the modules' tables and users already, which saves the
// program the time to create them.
func (e Engine) MigratedURL(t *testing.T, modules ...string) string {
	t.Helper()
	return e.store(t, modules...)
}

// Location is an empty store for tests below the level of modules.
func (e Engine) Location(t *testing.T) sqldb.Location {
	t.Helper()
	return locate(t, e.URL(t))
}

// store is the URL of a store in which the modules' schemas are migrated and empty. It belongs to
// the test until it ends.
func (e Engine) store(t *testing.T, modules ...string) string {
	t.Helper()
	if e.Kind == sqldb.SQLite {
		dir := t.TempDir()
		for _, module := range modules {
			shared().copyTemplate(t, dir, module)
		}
		return "sqlite:" + dir
	}
	return shared().borrow(t, modules)
}

func (e Engine) open(t *testing.T, url, module string) *sqldb.DB {
	t.Helper()
	location := locate(t, url)
	if !e.owner {
		location = location.WithUsers(shared().secret)
	}
	db, err := sqldb.Open(t.Context(), location, module, watched(t, e.options, module))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func locate(t *testing.T, url string) sqldb.Location {
	t.Helper()
	location, err := sqldb.ParseLocation(url)
	require.NoError(t, err)
	return location
}
