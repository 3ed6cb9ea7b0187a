// Package wire stands between package sqldb and the driver (sqldb.Options.Wrap), for tests that see or
// break what passes. It keeps what both drivers can do, so that a wired connection does all that a plain
// one does; what becomes of a call is the Line's to say.
package wire

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// Line is the way of one connection to its database.
type Line interface {
	// Pass makes the call or does not, and answers its error or another. Text is the statement, or BEGIN,
	// COMMIT or ROLLBACK. What a call opened is closed when Pass answers an error.
	Pass(ctx context.Context, text string, call func() error) error
	// Admit is asked before a statement is prepared, and with no text before a ping; an error refuses it.
	// Package sqldb holds a lock meanwhile: it must not wait.
	Admit(text string) error
	// Works says whether the connection may be used again.
	Works() bool
}

// Native is what the connections of both drivers can do.
type Native interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// Wrap leads each new connection of c over the line that join makes for it. Join may use the connection;
// its error closes it.
func Wrap(c driver.Connector, join func(ctx context.Context, opened Native) (Line, error)) driver.Connector {
	return connector{c, join}
}

type connector struct {
	driver.Connector

	join func(ctx context.Context, opened Native) (Line, error)
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	native, ok := opened.(Native)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%T lacks a method that a wire needs", opened), opened.Close())
	}
	line, err := c.join(ctx, native)
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return &conn{native, line}, nil
}

type conn struct {
	Native

	line Line
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (result driver.Result, err error) {
	err = c.line.Pass(ctx, query, func() (err error) {
		result, err = c.Native.ExecContext(ctx, query, args)
		return err
	})
	return result, err
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return rows(ctx, c.line, query, func() (driver.Rows, error) { return c.Native.QueryContext(ctx, query, args) })
}

// rows drops an answer that the caller shall not see.
func rows(ctx context.Context, line Line, query string, ask func() (driver.Rows, error)) (rows driver.Rows, err error) {
	err = line.Pass(ctx, query, func() (err error) {
		rows, err = ask()
		return err
	})
	if err != nil && rows != nil {
		return nil, errors.Join(err, rows.Close())
	}
	return rows, err
}

// Prepare is for wrappers around this one that know no context.
func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := c.line.Admit(query); err != nil {
		return nil, err
	}
	prepared, err := c.Native.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	native, ok := prepared.(nativeStatement)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%T lacks a method that a wire needs", prepared), prepared.Close())
	}
	return &statement{native, c.line, query}, nil
}

func (c *conn) BeginTx(ctx context.Context, options driver.TxOptions) (begun driver.Tx, err error) {
	err = c.line.Pass(ctx, "BEGIN", func() (err error) {
		begun, err = c.Native.BeginTx(ctx, options)
		return err
	})
	if err == nil {
		return &transaction{begun, c.line}, nil
	}
	if begun != nil {
		_ = begun.Rollback()
	}
	return nil, err
}

func (c *conn) Ping(ctx context.Context) error {
	if err := c.line.Admit(""); err != nil {
		return err
	}
	return c.Native.Ping(ctx)
}

func (c *conn) IsValid() bool { return c.line.Works() && c.Native.IsValid() }

// CheckNamedValue is MySQL's own, and database/sql's for SQLite, whose driver has none.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.Native.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

type nativeStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type statement struct {
	nativeStatement

	line  Line
	query string
}

func (s *statement) ExecContext(ctx context.Context, args []driver.NamedValue) (result driver.Result, err error) {
	err = s.line.Pass(ctx, s.query, func() (err error) {
		result, err = s.nativeStatement.ExecContext(ctx, args)
		return err
	})
	return result, err
}

func (s *statement) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return rows(ctx, s.line, s.query, func() (driver.Rows, error) { return s.nativeStatement.QueryContext(ctx, args) })
}

type transaction struct {
	driver.Tx

	line Line
}

func (t *transaction) Commit() error {
	return t.line.Pass(context.Background(), "COMMIT", t.Tx.Commit)
}

func (t *transaction) Rollback() error {
	return t.line.Pass(context.Background(), "ROLLBACK", t.Tx.Rollback)
}

// SchemaOf asks a connection for the name of its database, or of its file without .db.
func SchemaOf(ctx context.Context, c Native) (schema string, err error) {
	rows, err := c.QueryContext(ctx, "PRAGMA database_list", nil) // seq, name, file
	if err != nil {
		rows, err = c.QueryContext(ctx, "SELECT 0, 0, DATABASE()", nil)
	}
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	row := make([]driver.Value, 3)
	if err := rows.Next(row); err != nil {
		return "", err
	}
	return strings.TrimSuffix(filepath.Base(fmt.Sprintf("%s", row[2])), ".db"), nil
}
