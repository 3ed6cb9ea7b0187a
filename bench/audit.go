package main

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// audit is what went wrong with the events of one measurement. Nothing may.
type audit struct {
	Lost       int64 `json:"lost"`
	Doubled    int64 `json:"doubled"`
	Disordered int64 `json:"disordered"`
}

func (a audit) String() string {
	return fmt.Sprintf("%d lost, %d doubled, %d disordered", a.Lost, a.Doubled, a.Disordered)
}

func (a audit) plus(b audit) audit {
	return audit{Lost: a.Lost + b.Lost, Doubled: a.Doubled + b.Doubled, Disordered: a.Disordered + b.Disordered}
}

const (
	selectEffects = "SELECT place, account, seq FROM effect WHERE place > ? ORDER BY place LIMIT 10000"
	countOutbox   = "SELECT COUNT(*) FROM bus_outbox"
	countHeld     = "SELECT COUNT(*) FROM bus_held"
	countInbox    = "SELECT COUNT(*) FROM bus_inbox"
)

type effectRow struct {
	Place   int64   `db:"place"`
	Account id.UUID `db:"account"`
	Seq     int64   `db:"seq"`
}

// auditEffects reads all effects in the order in which they came.
func auditEffects(ctx context.Context, db *sqldb.DB, want int64) (audit, error) {
	var a audit
	var effects, place int64
	last := make(map[id.UUID]int64)
	for {
		var rows []effectRow
		if err := db.Select(ctx, &rows, selectEffects, place); err != nil {
			return a, fmt.Errorf("audit effects: %w", err)
		}
		if len(rows) == 0 {
			a.Lost = max(0, want-effects)
			a.Doubled = max(0, effects-want)
			return a, nil
		}
		for _, row := range rows {
			if row.Seq <= last[row.Account] {
				a.Disordered++
			}
			last[row.Account] = max(last[row.Account], row.Seq)
			place = row.Place
			effects++
		}
	}
}

// settled says whether the bus has left anything over: a pending or held event counts as lost, because
// it took no effect in its time, or was not known to have.
func (s *shop) settled(ctx context.Context) (audit, error) {
	var outbox, held int64
	if err := s.desk.Get(ctx, &outbox, countOutbox); err != nil {
		return audit{}, err
	}
	err := s.clerk.Get(ctx, &held, countHeld)
	return audit{Lost: outbox + held}, err
}
