package office

import (
	"context"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	lockPaper  = "SELECT version FROM paper WHERE id = ? FOR UPDATE"
	raisePaper = "UPDATE paper SET version = ? WHERE id = ? AND version = ?"
)

// Note states so many notes about a paper in one transaction.
func Note(ctx context.Context, db *sqldb.DB, p *bus.Publisher, paper id.UUID, notes int64, text string) error {
	return sqldb.InTx(ctx, db, func(tx *sqldb.Tx) error {
		var version int64
		if err := tx.Get(ctx, &version, lockPaper, paper); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, raisePaper, version+notes, paper, version); err != nil {
			return err
		}
		set := make([]bus.Publication, notes)
		for i := range set {
			n := version + int64(i) + 1
			set[i] = bus.Publication{Of: event.Aggregate{Type: "paper", ID: paper, Version: n}, Event: Noted{Paper: paper, N: n, Text: text}}
		}
		return p.PublishSet(ctx, tx, set)
	})
}
