package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"
)

const (
	maxAttempts = 10
	lockWait    = "5" // seconds
)

func (db *DB) openMySQL(ctx context.Context, l Location) error {
	c, err := l.asModule(db.module)
	if err != nil {
		return err
	}
	c.DBName = l.Schema(db.module)
	// A lock that is waited for longer counts as a conflict. It ends waits whose client has gone, too:
	// the server doesn't notice that, and MaxTx would not hold.
	c.Params["innodb_lock_wait_timeout"] = lockWait
	c.Timeout = 5 * time.Second // to connect
	c.ReadTimeout = db.options.MaxTx + 5*time.Second
	c.WriteTimeout = c.ReadTimeout
	connector, err := connectorOf(c)
	if err != nil {
		return err
	}
	pool := sqlx.NewDb(db.options.connect(connector), "mysql")
	pool.SetMaxOpenConns(db.options.MaxConns)
	pool.SetMaxIdleConns(db.options.MaxConns)
	pool.SetConnMaxLifetime(30 * time.Minute)
	db.pool = pool
	db.close = append(db.close, db.gate.close, pool.Close)
	return l.refusal(db.module, pool.PingContext(ctx))
}

func openConfig(c *mysql.Config) (*sql.DB, error) {
	connector, err := connectorOf(c)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

func connectorOf(c *mysql.Config) (driver.Connector, error) {
	inner, err := mysql.NewConnector(c)
	if err != nil {
		return nil, ErrLocation // the driver's text may repeat the password
	}
	return readCommitted{inner}, nil
}

// readCommitted sets the isolation level of each new connection. It is set by statement, because
// MySQL and MariaDB name the variable differently; READ COMMITTED, because under REPEATABLE READ a
// locking read blocks publishers for as long as the reader's transaction lasts.
type readCommitted struct{ driver.Connector }

func (r readCommitted) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	execer, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(errors.New("the driver can't run statements"), conn.Close())
	}
	if _, err := execer.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func (db *DB) inMySQLTx(ctx context.Context, f func(tx *Tx) error) error {
	if !db.gate.enter() {
		return ErrClosed
	}
	defer db.gate.leave()
	for attempt := 1; ; attempt++ {
		err := db.tryMySQLTx(ctx, f)
		if err == nil || !isConflict(err) || errors.Is(err, ErrOutcomeUnknown) {
			return err
		}
		if attempt == maxAttempts {
			return fmt.Errorf("%w: %w", ErrBusy, err)
		}
		db.stats.Retries.Add(1)
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

func (db *DB) tryMySQLTx(ctx context.Context, f func(tx *Tx) error) error {
	bounded, cancel := context.WithTimeout(ctx, db.options.MaxTx)
	defer cancel()
	if db.options.RunTwice {
		if err := db.runMySQL(bounded, f, false); err != nil {
			return overrun(ctx, bounded, err)
		}
	}
	return overrun(ctx, bounded, db.runMySQL(bounded, f, true))
}

// overrun names the reason when our own limit, not the caller's, ended the transaction.
func overrun(caller, bounded context.Context, err error) error {
	if err != nil && caller.Err() == nil && bounded.Err() != nil {
		return fmt.Errorf("%w: %w", ErrOverrun, err)
	}
	return err
}

func (db *DB) runMySQL(ctx context.Context, f func(tx *Tx) error, commit bool) error {
	native, err := db.pool.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = native.Rollback() }() // also on panic; after Commit it does nothing
	tx := &Tx{db: db, run: mysqlRunner{native, ctx}}
	if err := tx.verdict(f(tx)); err != nil {
		db.stats.Rollbacks.Add(1)
		return err
	}
	if !commit {
		return nil
	}
	return db.commitMySQL(native, tx)
}

func (db *DB) commitMySQL(native *sqlx.Tx, tx *Tx) error {
	err := native.Commit()
	for _, f := range tx.onCommit {
		f()
	}
	if err != nil && !isConflict(err) {
		return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
	}
	if err == nil {
		db.stats.Commits.Add(1)
		db.stats.Units.Add(1)
		for _, f := range tx.onEffect {
			f()
		}
	}
	return err
}

// mysqlRunner ends each statement when the transaction's time is over: else a statement that waits,
// under a context of the closure's that does not end, would keep the transaction beyond MaxTx.
type mysqlRunner struct {
	tx   *sqlx.Tx
	life context.Context
}

func (r mysqlRunner) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	ctx, cancel := r.bounded(ctx)
	defer cancel()
	return r.tx.ExecContext(ctx, query, args...)
}

func (r mysqlRunner) get(ctx context.Context, dst any, query string, args []any) error {
	ctx, cancel := r.bounded(ctx)
	defer cancel()
	return r.tx.GetContext(ctx, dst, query, args...)
}

func (r mysqlRunner) selectAll(ctx context.Context, dst any, query string, args []any) error {
	ctx, cancel := r.bounded(ctx)
	defer cancel()
	return r.tx.SelectContext(ctx, dst, query, args...)
}

func (r mysqlRunner) bounded(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(r.life, cancel)
	return ctx, func() { stop(); cancel() }
}

// pause waits before the next attempt: 2 ms doubled each time, up to 200 ms, with full jitter.
func pause(ctx context.Context, attempt int) error {
	limit := min(2*time.Millisecond<<min(attempt, 10), 200*time.Millisecond)
	timer := time.NewTimer(rand.N(limit) + time.Millisecond) //nolint:gosec // jitter needs no secrecy
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
