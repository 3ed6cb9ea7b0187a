// Package sqldb opens a module's schema on either engine and runs transactions on it.
//
// A DB belongs to one module and reaches one schema: a MySQL database, or a SQLite file. Work that
// writes goes through InTx, whose closure may run more than once: it has no effects outside its Tx.
// On SQLite one goroutine writes, and transactions that wait for it share one commit.
package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
)

// Options of a DB. The zero value is what production uses.
type Options struct {
	MaxTx    time.Duration   // longest life of one transaction; 30 s. The bus's sweep (60 s) relies on it
	MaxConns int             // MySQL: connections of this module; 16. SQLite: readers; 4
	RunTwice bool            // tests: run every closure twice, rolling the first run back
	Observe  func(Statement) // tests and measurements: sees each statement after it ran

	// Wrap lets tests stand between this package and the driver, and see and break whatever passes,
	// COMMIT included.
	Wrap func(driver.Connector) driver.Connector
}

// connect makes a pool of the driver's connections.
func (o Options) connect(c driver.Connector) *sql.DB {
	if o.Wrap != nil {
		c = o.Wrap(c)
	}
	return sql.OpenDB(c)
}

func (o Options) withDefaults(e Engine) Options {
	if o.MaxTx == 0 {
		o.MaxTx = 30 * time.Second
	}
	if o.MaxConns == 0 {
		o.MaxConns = 16
		if e == SQLite {
			o.MaxConns = 4
		}
	}
	return o
}

// DB is one module's schema.
type DB struct {
	engine  Engine
	module  string
	options Options
	stats   *Stats

	pool    *sqlx.DB       // MySQL: everything; SQLite: readers
	readers *statements    // SQLite: prepared statements of the readers
	writer  *writer        // SQLite only
	gate    gate           // MySQL only: the writer is SQLite's
	close   []func() error // in order
	closed  sync.Once
}

// Open connects to the schema of a module. It doesn't create tables; on SQLite it creates the file.
// It returns ErrLocked when another process writes to the file, and ErrNotHome when the schema is being
// moved or was moved elsewhere.
func Open(ctx context.Context, l Location, module string, o Options) (*DB, error) {
	db := &DB{engine: l.Engine, module: module, options: o.withDefaults(l.Engine), stats: &Stats{}}
	open := db.openMySQL
	if l.Engine == SQLite {
		open = db.openSQLite
	}
	err := open(ctx, l)
	if err == nil {
		err = db.requireHome(ctx)
	}
	if err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open schema of %s: %w", module, err)
	}
	return db, nil
}

// Close waits for the running transactions, refuses new ones and closes all connections. A second
// call does nothing.
func (db *DB) Close() error {
	var errs []error
	db.closed.Do(func() {
		for _, f := range db.close {
			errs = append(errs, f())
		}
	})
	return errors.Join(errs...)
}

// Engine tells for the few statements that differ.
func (db *DB) Engine() Engine { return db.engine }

// Module is the owner's name.
func (db *DB) Module() string { return db.module }

// Stats counts since Open.
func (db *DB) Stats() *Stats { return db.stats }

// InTx runs f in a transaction and commits it if f answers nil. f may run several times: after a
// conflict it is run again (up to 10 times, with a jittered pause), on SQLite also when a neighbour
// of its commit group failed. Besides what f answers it returns ErrBusy, ErrOverrun, ErrClosed,
// ErrOutcomeUnknown or an error of the connection. A panic in f rolls back and goes on in the caller.
func InTx(ctx context.Context, db *DB, f func(tx *Tx) error) error {
	if db.writer != nil {
		return db.writer.do(ctx, f)
	}
	return db.inMySQLTx(ctx, f)
}

// Get reads one row into dst outside any transaction; IsNoRows tells that there was none.
func (db *DB) Get(ctx context.Context, dst any, query string, args ...any) error {
	err := db.get(ctx, dst, query, args)
	db.observe(Statement{Query: query, Args: args, Into: dst, Err: err})
	return err
}

// Select reads all rows into dst, a pointer to a slice.
func (db *DB) Select(ctx context.Context, dst any, query string, args ...any) error {
	err := db.selectAll(ctx, dst, query, args)
	db.observe(Statement{Query: query, Args: args, Into: dst, Err: err})
	return err
}

// SelectIn is Select for a query with `IN (?)` whose arguments are slices.
func (db *DB) SelectIn(ctx context.Context, dst any, query string, args ...any) error {
	q, flat, err := sqlx.In(query, args...)
	if err != nil {
		return err
	}
	return db.Select(ctx, dst, q, flat...)
}

// Ping says whether the schema can be reached.
func (db *DB) Ping(ctx context.Context) error { return db.pool.PingContext(ctx) }

func (db *DB) get(ctx context.Context, dst any, query string, args []any) error {
	if db.readers != nil {
		return db.readers.get(ctx, dst, query, args)
	}
	return db.pool.GetContext(ctx, dst, query, args...)
}

func (db *DB) selectAll(ctx context.Context, dst any, query string, args []any) error {
	if db.readers != nil {
		return db.readers.selectAll(ctx, dst, query, args)
	}
	return db.pool.SelectContext(ctx, dst, query, args...)
}
