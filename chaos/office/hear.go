package office

import (
	"context"
	"errors"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// ErrDislike is a handler's own error: the bus holds the event and those of its aggregate behind it.
var ErrDislike = errors.New("not now")

// Moods says whether a consumer dislikes an event at present.
type Moods func(paper id.UUID, n int64) bool

// ClerkHears files notes, as a set: an effect each, and an answer.
func ClerkHears(db *sqldb.DB, p *bus.Publisher, dislikes Moods) bus.Subscription {
	return bus.Subscription{Consumer: Clerk, Schema: db, Handlers: []bus.Handler{
		bus.OnSet(
			func(fact Noted) id.UUID { return fact.Paper },
			func(ctx context.Context, tx *sqldb.Tx, facts []bus.Fact[Noted]) error {
				set := make([]effect, len(facts))
				for i, f := range facts {
					if dislikes(f.Event.Paper, f.Event.N) {
						return ErrDislike
					}
					set[i] = effect{f.Event.Paper, f.Event.N}
				}
				if err := write(ctx, tx, noted, set); err != nil {
					return err
				}
				return answer(ctx, tx, p, facts)
			}),
	}}
}

const (
	raiseFiles  = "UPDATE paper SET version = version + 1 WHERE id IN (?)"
	selectFiles = "SELECT id, version FROM paper WHERE id IN (?)"
)

func answer(ctx context.Context, tx *sqldb.Tx, p *bus.Publisher, facts []bus.Fact[Noted]) error {
	papers := make([]id.UUID, len(facts))
	for i, f := range facts {
		papers[i] = f.Event.Paper
	}
	if _, err := tx.ExecIn(ctx, raiseFiles, papers); err != nil {
		return err
	}
	var rows []struct {
		ID      id.UUID `db:"id"`
		Version int64   `db:"version"`
	}
	if err := tx.SelectIn(ctx, &rows, selectFiles, papers); err != nil {
		return err
	}
	version := make(map[id.UUID]int64, len(rows))
	for _, row := range rows {
		version[row.ID] = row.Version
	}
	set := make([]bus.Publication, len(facts))
	for i, f := range facts {
		n := version[f.Event.Paper]
		set[i] = bus.Publication{
			Of:    event.Aggregate{Type: "file", ID: f.Event.Paper, Version: n},
			Event: Filed{Paper: f.Event.Paper, N: n}, Cause: f.Envelope,
		}
	}
	return p.PublishSet(ctx, tx, set)
}

// ArchiveHears writes down everything: notes one by one, what was filed as a set.
func ArchiveHears(db *sqldb.DB, dislikes Moods) bus.Subscription {
	return bus.Subscription{Consumer: Archive, Schema: db, Handlers: []bus.Handler{
		bus.On(func(ctx context.Context, tx *sqldb.Tx, _ event.Envelope, fact Noted) error {
			if dislikes(fact.Paper, fact.N) {
				return ErrDislike
			}
			return write(ctx, tx, noted, []effect{{fact.Paper, fact.N}})
		}),
		bus.OnSet(
			func(fact Filed) id.UUID { return fact.Paper },
			func(ctx context.Context, tx *sqldb.Tx, facts []bus.Fact[Filed]) error {
				set := make([]effect, len(facts))
				for i, f := range facts {
					set[i] = effect{f.Event.Paper, f.Event.N}
				}
				return write(ctx, tx, filed, set)
			}),
	}}
}
