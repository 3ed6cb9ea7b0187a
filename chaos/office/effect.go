package office

import (
	"context"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// The types of effects.
const (
	noted = "noted"
	filed = "filed"
)

// effect is what a consumer writes down of an event.
type effect struct {
	paper id.UUID
	n     int64
}

const (
	lockProgress   = "SELECT agg, n FROM progress WHERE type = ? AND agg IN (?) ORDER BY agg FOR UPDATE"
	insertEffect   = "INSERT INTO effect (type, agg, n, follows) VALUES "
	insertProgress = "INSERT INTO progress (type, agg, n) VALUES "
)

// write records effects on different papers, sorted by paper, and what each of them follows.
func write(ctx context.Context, tx *sqldb.Tx, of string, set []effect) error {
	papers := make([]id.UUID, len(set))
	for i, e := range set {
		papers[i] = e.paper
	}
	var rows []struct {
		Agg id.UUID `db:"agg"`
		N   int64   `db:"n"`
	}
	if err := tx.SelectIn(ctx, &rows, lockProgress, of, papers); err != nil {
		return err
	}
	seen := make(map[id.UUID]int64, len(rows))
	for _, row := range rows {
		seen[row.Agg] = row.N
	}
	var effects, progress []any
	for _, e := range set {
		effects = append(effects, of, e.paper, e.n, seen[e.paper])
		progress = append(progress, of, e.paper, max(seen[e.paper], e.n))
	}
	if _, err := tx.Exec(ctx, insertEffect+sqldb.Placeholders(len(set), 4), effects...); err != nil {
		return err
	}
	update := tx.Engine().OnDuplicate([]string{"type", "agg"}, "n")
	_, err := tx.Exec(ctx, insertProgress+sqldb.Placeholders(len(set), 3)+update, progress...)
	return err
}
