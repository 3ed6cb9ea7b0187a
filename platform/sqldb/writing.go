package sqldb

import (
	"context"
	"database/sql"
)

// writing runs a unit's statements on the writing connection, without the caller's context: its
// cancellation would roll back the whole group.
type writing struct{ sql *statements }

func (w writing) exec(_ context.Context, query string, args []any) (sql.Result, error) {
	return w.sql.exec(context.Background(), query, args)
}

func (w writing) get(_ context.Context, dst any, query string, args []any) error {
	return w.sql.get(context.Background(), dst, query, args)
}

func (w writing) selectAll(_ context.Context, dst any, query string, args []any) error {
	return w.sql.selectAll(context.Background(), dst, query, args)
}
