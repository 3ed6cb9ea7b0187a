package path

import (
	"context"
	"fmt"
	"reflect"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// ErrNoMatch would make the floor a lie: a statement of the replay did not find what the shop's found.
type noMatchError struct {
	module    string
	statement Statement
	rows      int64
}

func (e *noMatchError) Error() string {
	return fmt.Sprintf("replay: %s matched %d rows where the shop's matched %d: %s",
		e.module, e.rows, e.statement.Rows, oneLine(e.statement.Query))
}

// Run runs the path once for a fresh order of these SKUs (as many as were recorded, sorted): the same
// transactions in the same order. It returns an error when a statement matches other rows than the
// recorded one did.
func (p *Path) Run(ctx context.Context, schemas map[string]*sqldb.DB, skus []string) error {
	all := p.fresh(skus)
	for i, u := range p.Units {
		if err := p.unit(ctx, schemas[u.Module], i, all); err != nil {
			return err
		}
	}
	return nil
}

func (p *Path) unit(ctx context.Context, db *sqldb.DB, i int, all []any) error {
	u := p.Units[i]
	if !u.Tx {
		return p.statement(ctx, db, nil, i, 0, all)
	}
	return sqldb.InTx(ctx, db, func(tx *sqldb.Tx) error {
		for j := range u.Statements {
			if err := p.statement(ctx, db, tx, i, j, all); err != nil {
				return err
			}
		}
		return nil
	})
}

// reader reads in a transaction or outside any.
type reader interface {
	Get(ctx context.Context, dst any, query string, args ...any) error
	Select(ctx context.Context, dst any, query string, args ...any) error
}

func (p *Path) statement(ctx context.Context, db *sqldb.DB, tx *sqldb.Tx, i, j int, all []any) error {
	s := p.Units[i].Statements[j]
	args := p.arguments(i, j, all)
	var n int64
	var err error
	switch {
	case s.Into == nil:
		n, err = tx.ExecCount(ctx, s.Query, args...)
	case tx != nil:
		n, err = read(ctx, tx, s, args)
	default:
		n, err = read(ctx, db, s, args)
	}
	if err != nil {
		return fmt.Errorf("replay %s: %s: %w", p.Units[i].Module, oneLine(s.Query), err)
	}
	if n != s.Rows {
		return &noMatchError{module: p.Units[i].Module, statement: s, rows: n}
	}
	return nil
}

// read fills a value of the same type as the shop's, so that reading its columns costs the same.
func read(ctx context.Context, from reader, s Statement, args []any) (int64, error) {
	into := reflect.New(s.Into)
	if many(s.Into) {
		err := from.Select(ctx, into.Interface(), s.Query, args...)
		return int64(into.Elem().Len()), err
	}
	err := from.Get(ctx, into.Interface(), s.Query, args...)
	if sqldb.IsNoRows(err) {
		return 0, nil
	}
	return 1, err
}
