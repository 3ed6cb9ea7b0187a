package crashpoint_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// errCut is what a caller sees of a connection that broke, as the network package tells it.
var errCut = &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection cut by the test")}

// tap stands between the schemas of one life and the driver.
type tap struct {
	driver.Connector

	life *life
}

// Connect works for the dead, too: what they would say on the connection is refused.
func (c tap) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	inner, ok := opened.(native)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%T lacks a method", opened), opened.Close())
	}
	module, err := moduleOf(ctx, inner)
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return &conn{native: inner, life: c.life, module: module}, nil
}

// native is what both drivers' connections can do.
type native interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// moduleOf asks the connection whose schema it is in. On SQLite it also takes the wait for the disk away:
// that is for when the machine goes down, and here a program does.
func moduleOf(ctx context.Context, c native) (module string, err error) {
	question := "SELECT 0, 0, DATABASE()"
	if _, err := c.ExecContext(ctx, "PRAGMA synchronous = OFF", nil); err == nil {
		question = "PRAGMA database_list" // seq, name, file
	}
	rows, err := c.QueryContext(ctx, question, nil)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	row := make([]driver.Value, 3)
	if err := rows.Next(row); err != nil {
		return "", err
	}
	name := fmt.Sprintf("%s", row[2])
	name = strings.TrimSuffix(filepath.Base(name), ".db")
	return name[strings.LastIndex(name, "_")+1:], nil
}

// conn counts what passes, and breaks where the test says. Once broken it stays so.
type conn struct {
	native

	life   *life
	module string
	broken atomic.Bool
}

// pass lets one call go through to the database, or not, or its reply not come back.
func (c *conn) pass(text string, call func() error) error {
	if c.gone() {
		return errCut
	}
	switch c.life.arrive(c.module, text) {
	case before:
		return errCut
	case unsent:
		c.broken.Store(true)
		return errCut
	case lost:
		c.broken.Store(true)
		_ = call()
		return errCut
	case after:
		_ = call()
		c.life.die()
		return errCut
	default:
		return call()
	}
}

func (c *conn) gone() bool { return c.broken.Load() || c.life.dead() }

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (result driver.Result, err error) {
	err = c.pass(query, func() (err error) {
		result, err = c.native.ExecContext(ctx, query, args)
		return err
	})
	return result, err
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.rows(query, func() (driver.Rows, error) { return c.native.QueryContext(ctx, query, args) })
}

// rows drops an answer that the caller shall not see.
func (c *conn) rows(query string, ask func() (driver.Rows, error)) (rows driver.Rows, err error) {
	err = c.pass(query, func() (err error) {
		rows, err = ask()
		return err
	})
	if err != nil && rows != nil {
		return nil, errors.Join(err, rows.Close())
	}
	return rows, err
}

func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if c.gone() {
		return nil, errCut
	}
	prepared, err := c.native.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	inner, ok := prepared.(nativeStatement)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%T lacks a method", prepared), prepared.Close())
	}
	return &prepare{nativeStatement: inner, conn: c, query: query}, nil
}

func (c *conn) BeginTx(ctx context.Context, options driver.TxOptions) (begun driver.Tx, err error) {
	err = c.pass("BEGIN", func() (err error) {
		begun, err = c.native.BeginTx(ctx, options)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &transaction{inner: begun, conn: c}, nil
}

func (c *conn) Ping(ctx context.Context) error {
	if c.gone() {
		return errCut
	}
	return c.native.Ping(ctx)
}

func (c *conn) ResetSession(ctx context.Context) error {
	if c.broken.Load() {
		return driver.ErrBadConn
	}
	return c.native.ResetSession(ctx)
}

func (c *conn) IsValid() bool { return !c.broken.Load() && c.native.IsValid() }

// CheckNamedValue is MySQL's own, and database/sql's for SQLite, whose driver has none.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.native.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

type nativeStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type prepare struct {
	nativeStatement

	conn  *conn
	query string
}

func (p *prepare) ExecContext(ctx context.Context, args []driver.NamedValue) (result driver.Result, err error) {
	err = p.conn.pass(p.query, func() (err error) {
		result, err = p.nativeStatement.ExecContext(ctx, args)
		return err
	})
	return result, err
}

func (p *prepare) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return p.conn.rows(p.query, func() (driver.Rows, error) { return p.nativeStatement.QueryContext(ctx, args) })
}

type transaction struct {
	inner driver.Tx
	conn  *conn
}

func (t *transaction) Commit() error { return t.conn.pass("COMMIT", t.inner.Commit) }

func (t *transaction) Rollback() error { return t.conn.pass(rollback, t.inner.Rollback) }

var _ io.Closer = (*conn)(nil)
