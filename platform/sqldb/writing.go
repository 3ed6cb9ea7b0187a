package sqldb

import (
	"context"
	"database/sql"
)

// writing runs a unit's statements on the writing connection, for as long as that lives and without
// the caller's context: its cancellation would roll back the whole group.
type writing struct {
	sql  *statements
	life context.Context
}

func (w writing) exec(_ context.Context, query string, args []any) (sql.Result, error) {
	return w.sql.exec(w.life, query, args)
}

func (w writing) get(_ context.Context, dst any, query string, args []any) error {
	return w.sql.get(w.life, dst, query, args)
}

func (w writing) selectAll(_ context.Context, dst any, query string, args []any) error {
	return w.sql.selectAll(w.life, dst, query, args)
}
