package move

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// end is one of the two places of a move. One connection does everything at it: it holds the lock that keeps
// other moves away, and on MySQL the name of the move, which opens the target's fence to it.
type end struct {
	role     string // source or target
	module   string
	location sqldb.Location
	conn     *sql.Conn
	close    []func() error // in order
}

// openEnd makes a target that is not there yet, and no source. It returns ErrNoSource, ErrBusy,
// sqldb.ErrLocked, or an error of the connection that names the end.
func openEnd(ctx context.Context, role string, l sqldb.Location, module string) (_ *end, err error) {
	e := &end{role: role, module: module, location: l}
	defer func() {
		if err != nil {
			err = fmt.Errorf("the %s, %s: %w", role, l.Place(module), errors.Join(err, e.shut()))
		}
	}()
	exists, err := sqldb.Exists(ctx, l, module)
	if err != nil {
		return nil, err
	}
	if !exists && role == source {
		return nil, ErrNoSource
	}
	db, release, err := sqldb.OpenForMigration(ctx, l, module)
	if errors.Is(err, sqldb.ErrLocked) {
		return nil, fmt.Errorf("%w: stop the server, or run it without this module, and begin again", err)
	}
	if err != nil {
		return nil, err
	}
	e.close = append(e.close, release)
	if e.conn, err = db.Conn(ctx); err != nil {
		return nil, err
	}
	e.close = append([]func() error{e.conn.Close}, e.close...)
	return e, e.prepare(ctx)
}

const (
	source = "source"
	target = "target"
)

// lockPatience, in seconds, is for a server that has not noticed yet that a killed command is gone.
const lockPatience = 5

// prepare takes the lock of this place. On SQLite the lock of the file is it.
func (e *end) prepare(ctx context.Context) error {
	if e.location.Engine == sqldb.SQLite {
		return nil
	}
	for _, setting := range []string{
		"SET SESSION wait_timeout = 604800",  // the other end may take long
		"SET SESSION lock_wait_timeout = 40", // for a fence: a transaction may take 30 s (sqldb.Options.MaxTx)
	} {
		if _, err := e.conn.ExecContext(ctx, setting); err != nil {
			return err
		}
	}
	var got sql.NullInt64
	if err := e.conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, ?)", e.lock(), lockPatience).Scan(&got); err != nil {
		return err
	}
	if got.Int64 != 1 {
		return ErrBusy
	}
	return nil
}

// lock is a name for the whole server. It is short: MySQL allows 64 characters.
func (e *end) lock() string {
	sum := sha256.Sum256([]byte(e.location.Schema(e.module)))
	return "banyan_move:" + hex.EncodeToString(sum[:16])
}

// requireLock says whether the lock is held still: a server ends it with the connection.
func (e *end) requireLock(ctx context.Context) error {
	if e.location.Engine == sqldb.SQLite {
		return nil
	}
	var held sql.NullBool
	if err := e.conn.QueryRowContext(ctx, "SELECT IS_USED_LOCK(?) = CONNECTION_ID()", e.lock()).Scan(&held); err != nil {
		return err
	}
	if !held.Bool {
		return fmt.Errorf("the %s: %w", e.role, ErrBusy)
	}
	return nil
}

// pass opens the target's fence to this connection.
func (e *end) pass(ctx context.Context, move string) error {
	if e.location.Engine == sqldb.SQLite {
		return nil
	}
	_, err := e.conn.ExecContext(ctx, "SET @banyan_move = ?", move)
	return err
}

func (e *end) mysql() bool { return e.location.Engine == sqldb.MySQL }

func (e *end) place() string { return e.location.Place(e.module) }

func (e *end) exec(ctx context.Context, query string, args ...any) error {
	if _, err := e.conn.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("at the %s: %w", e.role, err)
	}
	return nil
}

func (e *end) number(ctx context.Context, query string, args ...any) (int64, error) {
	var n sql.NullInt64
	if err := e.conn.QueryRowContext(ctx, query, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("at the %s: %w", e.role, err)
	}
	return n.Int64, nil
}

// inTx is for what belongs together at one end.
func (e *end) inTx(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := e.conn.BeginTx(ctx, nil)
	if err == nil {
		defer func() { _ = tx.Rollback() }() // after Commit it does nothing
		if err = f(tx); err == nil {
			err = tx.Commit()
		}
	}
	if err != nil {
		return fmt.Errorf("at the %s: %w", e.role, err)
	}
	return nil
}

func (e *end) setPlace(ctx context.Context, on execer, p sqldb.Place) error {
	_, err := on.ExecContext(ctx, "INSERT INTO bus_place (id, state, epoch, move_id, other) VALUES (1, ?, ?, ?, ?)"+
		e.location.Engine.OnDuplicate([]string{"id"}, "state", "epoch", "move_id", "other"),
		p.Standing, p.Epoch, p.Move, p.Other)
	return err
}

// execer is a connection or a transaction.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func (e *end) shut() error {
	var errs []error
	for _, f := range e.close {
		errs = append(errs, f())
	}
	e.close = nil
	return errors.Join(errs...)
}
