package dbtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest/mysqld"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// pool lends stores on the MySQL server to one test at a time. There are as many as tests ran at once.
type pool struct {
	mutex sync.Mutex
	made  int
	free  []*lent
}

// lent is a store: a prefix and the modules whose databases it has. Their names are unique among the
// processes that use the server.
type lent struct {
	url      string
	location sqldb.Location
	tables   map[string][]string // per migrated module, those to be emptied
}

// borrow gives a store with the modules' schemas empty, until the test ends.
func (p *process) borrow(t *testing.T, modules []string) string {
	t.Helper()
	l := p.pool.take(modules)
	if l == nil {
		l = p.pool.create(t)
	}
	for _, module := range modules {
		require.NoError(t, l.prepare(t.Context(), module))
	}
	t.Cleanup(func() { p.pool.put(l) })
	return l.url
}

// take prefers a store that has all the modules: migrating another is what costs.
func (p *pool) take(modules []string) *lent {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if len(p.free) == 0 {
		return nil
	}
	i := max(0, slices.IndexFunc(p.free, func(l *lent) bool { return l.has(modules) }))
	l := p.free[i]
	p.free = slices.Delete(p.free, i, i+1)
	return l
}

func (l *lent) has(modules []string) bool {
	return !slices.ContainsFunc(modules, func(module string) bool { return l.tables[module] == nil })
}

func (p *pool) put(l *lent) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.free = append(p.free, l)
}

func (p *pool) create(t *testing.T) *lent {
	t.Helper()
	url := p.prefixed(t)
	return &lent{url: url, location: locate(t, url), tables: map[string][]string{}}
}

// prefixed is the server's URL with a prefix that nobody has used.
func (p *pool) prefixed(t *testing.T) string {
	t.Helper()
	p.mutex.Lock()
	p.made++
	number := p.made
	p.mutex.Unlock()
	server, err := url.Parse(os.Getenv(Variable))
	require.NoError(t, err, "%s is no URL", Variable)
	query := server.Query()
	query.Set("prefix", fmt.Sprintf("%st%d_%d_", locate(t, server.String()).Prefix, os.Getpid(), number))
	server.RawQuery = query.Encode()
	return server.String()
}

// prepare migrates a module's schema the first time and empties it from the second time on.
func (l *lent) prepare(ctx context.Context, module string) error {
	if l.tables[module] == nil {
		return l.migrate(ctx, module)
	}
	return l.withConnection(ctx, module, func(conn *sql.Conn) error { return empty(ctx, conn, l.tables[module]) })
}

// migrate starts from nothing: on a server that outlives the run, an earlier process of this number
// may have left a schema of older migrations.
func (l *lent) migrate(ctx context.Context, module string) error {
	err := l.withConnection(ctx, module, func(conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, "DROP DATABASE `"+l.location.Schema(module)+"`")
		return err
	})
	if err != nil {
		return err
	}
	if err := migrateModule(ctx, l.location, module); err != nil {
		return err
	}
	if _, err := sqldb.Grant(ctx, l.location.WithUsers(shared().secret), module); err != nil {
		return err
	}
	return l.withConnection(ctx, module, func(conn *sql.Conn) error {
		tables, err := list(ctx, conn)
		l.tables[module] = tables
		return err
	})
}

// withConnection runs f on a connection of its own, so that no session setting reaches a test.
func (l *lent) withConnection(ctx context.Context, module string, f func(conn *sql.Conn) error) (err error) {
	db, release, err := sqldb.OpenForMigration(ctx, l.location, module)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return f(conn)
}

// list names the tables that tests fill: all but those of the migrations' versions.
func list(ctx context.Context, conn *sql.Conn) ([]string, error) {
	rows, err := conn.QueryContext(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	tables := []string{}
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return nil, err
		}
		if !strings.HasSuffix(table, "schema_version") {
			tables = append(tables, table)
		}
	}
	return tables, rows.Err()
}

// empty deletes rows and does not truncate, which is a definition statement and takes 10 ms a table.
// Auto increment columns go on where they were.
func empty(ctx context.Context, conn *sql.Conn, tables []string) error {
	if _, err := conn.ExecContext(ctx, "SET SESSION foreign_key_checks = 0"); err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := conn.ExecContext(ctx, "DELETE FROM `"+table+"`"); err != nil { //nolint:gosec // a name that the server told
			return fmt.Errorf("empty %s: %w", table, err)
		}
	}
	return nil
}

// emptyPrefix is a URL under which no database exists; those that the test's program creates are
// dropped in the end.
func (p *process) emptyPrefix(t *testing.T) string {
	t.Helper()
	url := p.pool.prefixed(t)
	ctx := context.WithoutCancel(t.Context())
	t.Cleanup(func() { require.NoError(t, mysqld.Drop(ctx, url, locate(t, url).Prefix)) })
	return url
}
