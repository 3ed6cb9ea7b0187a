package bus

import (
	"context"
	"maps"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// The limit is scanLimit, written out: SQLite compiles a statement anew each time when its LIMIT is a
// parameter.
const (
	selectRows  = "SELECT " + outboxColumns + " FROM bus_outbox WHERE type IN (?) AND pos > ? ORDER BY pos LIMIT 500"
	selectHints = "SELECT " + outboxColumns + " FROM bus_outbox WHERE type IN (?) AND (pos > ? OR pos IN (?)) ORDER BY pos LIMIT 500"
	selectOlder = "SELECT " + outboxColumns + " FROM bus_outbox WHERE agg_id IN (?) AND agg_type IN (?) AND type IN (?) AND pos < ? ORDER BY pos"
)

// read answers one page of the rows behind a position, and those at the hinted ones.
func (s *scan) read(ctx context.Context, from int64, hints []int64) ([]outboxRow, error) {
	s.from.forgetDeleted(s)
	if len(hints) == 0 {
		return s.query(ctx, selectRows, s.types, from)
	}
	return s.query(ctx, selectHints, s.types, from, hints)
}

func (s *scan) query(ctx context.Context, query string, args ...any) ([]outboxRow, error) {
	q, flat, err := sqlx.In(query, args...)
	if err != nil {
		return nil, err
	}
	var rows []outboxRow
	err = s.from.db.Select(ctx, &rows, q, flat...)
	if err == nil && s.valid != nil && !s.valid() {
		return nil, errLapsed
	}
	return rows, err
}

// predecessors finds earlier rows of the same aggregates. A publisher's row lock makes version n
// visible before n+1, but with several writers n may have become visible after the scan had passed
// its position. Who has seen n needs not ask. SQLite has one writer: there, rows become visible in the
// order of their positions.
func (s *scan) predecessors(ctx context.Context, rows []outboxRow) ([]outboxRow, error) {
	if s.from.db.Engine() == sqldb.SQLite {
		return nil, nil
	}
	var highest int64
	ids, types := make(map[id.UUID]bool), make(map[string]bool, 1)
	for _, row := range rows {
		if !s.versions.follows(row) {
			highest = max(highest, row.Pos)
			ids[row.AggID] = true
			types[row.AggType] = true
		}
		s.versions.note(row)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return s.query(ctx, selectOlder, slices.Collect(maps.Keys(ids)), slices.Collect(maps.Keys(types)), s.types, highest)
}
