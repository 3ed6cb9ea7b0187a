package sqldb

import (
	"context"
	"database/sql"

	"github.com/jmoiron/sqlx"
)

// runner is the connection that a transaction's statements go to: a MySQL transaction, or the one
// writing connection of a SQLite file with its prepared statements.
type runner interface {
	exec(ctx context.Context, query string, args []any) (sql.Result, error)
	get(ctx context.Context, dst any, query string, args []any) error
	selectAll(ctx context.Context, dst any, query string, args []any) error
}

// Tx is a transaction without Commit and Rollback: InTx ends it. After an error other than a
// duplicate key or an empty result it refuses further statements, because MySQL may already have
// rolled back and would commit them one by one.
type Tx struct {
	db       *DB
	run      runner
	failed   error
	onCommit []func()
	onEffect []func()
}

// Engine tells for the few statements that differ.
func (tx *Tx) Engine() Engine { return tx.db.engine }

// Module is the name of the schema's owner.
func (tx *Tx) Module() string { return tx.db.module }

// OnCommit registers f to run when COMMIT has been tried, also when its outcome is unknown: f may
// only wake somebody who looks for himself.
func (tx *Tx) OnCommit(f func()) { tx.onCommit = append(tx.onCommit, f) }

// OnEffect registers f to run when the transaction has taken effect: COMMIT has answered so. It is for
// counting: where COMMIT's outcome is unknown f does not run.
func (tx *Tx) OnEffect(f func()) { tx.onEffect = append(tx.onEffect, f) }

// Exec runs a statement. A duplicate key (IsDuplicate) leaves the transaction usable.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if tx.failed != nil {
		return nil, tx.refuse()
	}
	res, err := tx.run.exec(ctx, query, args)
	err = fenced(err)
	tx.db.observe(Statement{Query: query, Tx: tx, Args: args, Err: err, result: res})
	return res, tx.note(err)
}

// ExecCount runs a statement and answers how many rows it matched.
func (tx *Tx) ExecCount(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := tx.Exec(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Get reads one row into dst; IsNoRows tells that there was none.
func (tx *Tx) Get(ctx context.Context, dst any, query string, args ...any) error {
	if tx.failed != nil {
		return tx.refuse()
	}
	query = forEngine(tx.db.engine, query)
	err := tx.run.get(ctx, dst, query, args)
	tx.db.observe(Statement{Query: query, Tx: tx, Args: args, Into: dst, Err: err})
	return tx.note(err)
}

// Select reads all rows into dst, a pointer to a slice.
func (tx *Tx) Select(ctx context.Context, dst any, query string, args ...any) error {
	if tx.failed != nil {
		return tx.refuse()
	}
	query = forEngine(tx.db.engine, query)
	err := tx.run.selectAll(ctx, dst, query, args)
	tx.db.observe(Statement{Query: query, Tx: tx, Args: args, Into: dst, Err: err})
	return tx.note(err)
}

// SelectIn is Select for a query with one or more `IN (?)` whose arguments are slices.
func (tx *Tx) SelectIn(ctx context.Context, dst any, query string, args ...any) error {
	q, flat, err := sqlx.In(query, args...)
	if err != nil {
		return err
	}
	return tx.Select(ctx, dst, q, flat...)
}

// ExecIn is ExecCount for a statement with one or more `IN (?)` whose arguments are slices.
func (tx *Tx) ExecIn(ctx context.Context, query string, args ...any) (int64, error) {
	q, flat, err := sqlx.In(query, args...)
	if err != nil {
		return 0, err
	}
	return tx.ExecCount(ctx, q, flat...)
}

func (tx *Tx) note(err error) error {
	if statementFailed(err) {
		tx.failed = err
	}
	return err
}

// verdict is how the transaction ends when its closure answered err. Trouble with the database stays
// just that when the closure hid it behind an error of its own, so that the work is done again.
func (tx *Tx) verdict(err error) error {
	if tx.failed != nil && (err == nil || IsInfrastructure(tx.failed)) {
		return tx.refuse()
	}
	return err
}

func (tx *Tx) refuse() error { return &brokenError{cause: tx.failed} }

// brokenError keeps the first error visible, so that a handler which swallowed it still fails for
// the right reason.
type brokenError struct{ cause error }

func (e *brokenError) Error() string   { return ErrBroken.Error() + ": " + e.cause.Error() }
func (e *brokenError) Unwrap() []error { return []error{ErrBroken, e.cause} }
