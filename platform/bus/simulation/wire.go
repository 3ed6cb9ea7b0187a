package simulation

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"sync/atomic"
)

// Fate is what becomes of a statement on its way to the database.
type Fate int

// The fates.
const (
	Passes       Fate = iota
	NeverArrives      // it does not arrive
	AnswerLost        // it is done, and its answer does not arrive
)

// Wire is the way from one process to its databases (sqldb.Options.Wrap). Every statement passes it,
// BEGIN, COMMIT and ROLLBACK included. A wire that was cut carries nothing any more: for the databases
// the process was killed.
type Wire struct {
	Setup string // a statement for each new connection
	// Network says that a connection which lost a statement or an answer carries nothing any more.
	Network bool
	// Fate decides about a statement and may wait before it does. No lock is held that another
	// statement needs.
	Fate func(ctx context.Context, module, statement string) Fate

	dead atomic.Bool
}

// Kill lets nothing pass from now on.
func (w *Wire) Kill() { w.dead.Store(true) }

// Dead says whether the wire was cut.
func (w *Wire) Dead() bool { return w.dead.Load() }

var errCut = &net.OpError{Op: "simulate", Net: "wire", Err: errors.New("the connection is cut")}

// Wrap is for sqldb.Options.
func (w *Wire) Wrap(module string) func(driver.Connector) driver.Connector {
	return func(c driver.Connector) driver.Connector { return &connector{Connector: c, wire: w, module: module} }
}

// end is where the statements of one module enter the wire.
type end struct {
	wire   *Wire
	module string
	broken *atomic.Bool // the connection
}

// cut is how a statement ends that does not get through.
func (e end) cut() error {
	e.broken.Store(e.wire.Network)
	return errCut
}

func (e end) works() bool { return !e.wire.dead.Load() && !e.broken.Load() }

// pass runs a statement according to its fate. What a cut leaves open undo closes.
func pass[T any](ctx context.Context, e end, statement string, run func() (T, error), undo func(T)) (T, error) {
	var none T
	if !e.works() {
		return none, errCut
	}
	fate := e.wire.Fate(ctx, e.module, statement)
	if fate == NeverArrives || !e.works() {
		return none, e.cut()
	}
	answer, err := run()
	if err == nil && fate == AnswerLost {
		undo(answer)
		return none, e.cut()
	}
	return answer, err
}

func nothing[T any](T) {}

type connector struct {
	driver.Connector

	wire   *Wire
	module string
}

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	raw, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	inner, ok := raw.(connection)
	if !ok {
		return nil, errors.Join(errors.New("the driver lacks what a wire needs"), raw.Close())
	}
	if c.wire.Setup != "" {
		if _, err := inner.ExecContext(ctx, c.wire.Setup, nil); err != nil {
			return nil, errors.Join(err, raw.Close())
		}
	}
	return &conn{connection: inner, end: end{c.wire, c.module, new(atomic.Bool)}}, nil
}

// connection is what the drivers of both engines can do.
type connection interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

type conn struct {
	connection
	end
}

// PrepareContext does not ask for a fate: package sqldb holds a lock meanwhile.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if !c.works() {
		return nil, errCut
	}
	inner, err := c.connection.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return &statement{Stmt: inner, end: c.end, query: query}, nil
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return pass(ctx, c.end, query, func() (driver.Result, error) { return c.connection.ExecContext(ctx, query, args) }, nothing)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return pass(ctx, c.end, query, func() (driver.Rows, error) { return c.connection.QueryContext(ctx, query, args) }, closeRows)
}

func (c *conn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	inner, err := pass(ctx, c.end, "BEGIN", func() (driver.Tx, error) { return c.connection.BeginTx(ctx, options) },
		func(tx driver.Tx) { _ = tx.Rollback() })
	if err != nil {
		return nil, err
	}
	return &transaction{Tx: inner, end: c.end}, nil
}

// IsValid lets the connections of a killed process be closed, and so their transactions be undone.
func (c *conn) IsValid() bool { return c.works() && c.connection.IsValid() }

func (c *conn) CheckNamedValue(value *driver.NamedValue) error {
	if checker, ok := c.connection.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(value)
	}
	return driver.ErrSkip
}

type transaction struct {
	driver.Tx
	end
}

func (t *transaction) Commit() error   { return t.finish("COMMIT", t.Tx.Commit) }
func (t *transaction) Rollback() error { return t.finish("ROLLBACK", t.Tx.Rollback) }

func (t *transaction) finish(query string, run func() error) error {
	_, err := pass(context.Background(), t.end, query, func() (struct{}, error) { return struct{}{}, run() }, nothing)
	return err
}

type statement struct {
	driver.Stmt
	end

	query string
}

func (s *statement) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return pass(ctx, s.end, s.query, func() (driver.Result, error) {
		return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args) //nolint:forcetypeassert // both drivers have it
	}, nothing)
}

func (s *statement) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return pass(ctx, s.end, s.query, func() (driver.Rows, error) {
		return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args) //nolint:forcetypeassert // both drivers have it
	}, closeRows)
}

func closeRows(rows driver.Rows) { _ = rows.Close() }
