package simulation_test

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// The cast. Desk and press publish; clerk and archivist listen to both; the clerk answers all that
// is about a sheet with a file of his own, which the archivist and the desk hear.
type (
	noted   struct{ About id.UUID }
	redone  struct{ About id.UUID } // a version of noted that nobody here can read
	drawn   struct{ About id.UUID }
	printed struct{ About id.UUID }
	filed   struct{ About id.UUID }
)

func (noted) EventType() event.Type   { return event.Type{Name: "desk.noted", Version: 1} }
func (redone) EventType() event.Type  { return event.Type{Name: "desk.noted", Version: 2} }
func (drawn) EventType() event.Type   { return event.Type{Name: "desk.drawn", Version: 1} }
func (printed) EventType() event.Type { return event.Type{Name: "press.printed", Version: 1} }
func (filed) EventType() event.Type   { return event.Type{Name: "clerk.filed", Version: 1} }

// The aggregates of the publishers.
const (
	sheet  = "sheet"  // of the desk
	plate  = "plate"  // of the press
	folder = "folder" // of the clerk; it has the ID of the sheet that it is about
)

// modules are the schemas.
func modules() []string { return []string{"desk", "press", "clerk", "archivist"} }

func listeners() []string { return []string{"desk", "clerk", "archivist"} }

func heard() map[string][]string {
	return map[string][]string{
		"desk":      {"clerk.filed"},
		"clerk":     {"desk.noted", "desk.drawn", "press.printed"},
		"archivist": {"desk.noted", "press.printed", "clerk.filed"},
	}
}

// manifests are those of a process that hosts some of the consumers.
func manifests(hosted []string) []module.Manifest {
	publishes := map[string][]event.Definition{
		"desk":  {event.Define(noted{}), event.Define(redone{}), event.Define(drawn{})},
		"press": {event.Define(printed{})},
		"clerk": {event.Define(filed{})},
	}
	listens := make(map[string][]string)
	for _, name := range hosted {
		listens[name] = heard()[name]
	}
	list := make([]module.Manifest, 0, len(modules()))
	for _, name := range modules() {
		list = append(list, module.Manifest{Name: name, Publishes: publishes[name], Listens: listens[name]})
	}
	return list
}

// player is a module in an instance of the bus: a consumer, a publisher or both.
type player struct {
	name    string
	db      *sqldb.DB
	publish *bus.Publisher
	trouble func(ctx context.Context, consumer string, e event.Envelope) error
}

func (p *player) subscription() bus.Subscription {
	handlers := map[string][]bus.Handler{
		"desk":      {one[filed](p)},
		"clerk":     {one[noted](p), set(p, func(f drawn) id.UUID { return f.About }), set(p, func(f printed) id.UUID { return f.About })},
		"archivist": {one[noted](p), one[printed](p), set(p, func(f filed) id.UUID { return f.About })},
	}
	return bus.Subscription{Consumer: p.name, Schema: p.db, Handlers: handlers[p.name]}
}

func one[E event.Event](p *player) bus.Handler {
	return bus.On(func(ctx context.Context, tx *sqldb.Tx, e event.Envelope, _ E) error {
		return p.take(ctx, tx, []event.Envelope{e})
	})
}

func set[E event.Event](p *player, key func(E) id.UUID) bus.Handler {
	return bus.OnSet(key, func(ctx context.Context, tx *sqldb.Tx, facts []bus.Fact[E]) error {
		envelopes := make([]event.Envelope, len(facts))
		for i, f := range facts {
			envelopes[i] = f.Envelope
		}
		return p.take(ctx, tx, envelopes)
	})
}

const insertEffect = "INSERT INTO effect (agg_type, agg_id, agg_seq, type) VALUES "

// take writes the effects of events, before or after whatever trouble awaits them.
func (p *player) take(ctx context.Context, tx *sqldb.Tx, events []event.Envelope) error {
	var args []any
	for _, e := range events {
		if e.Aggregate.Version%2 == 0 {
			if err := p.trouble(ctx, p.name, e); err != nil {
				return err
			}
		}
		args = append(args, e.Aggregate.Type, e.Aggregate.ID, e.Aggregate.Version, e.Type.Name)
	}
	if _, err := tx.Exec(ctx, insertEffect+sqldb.Placeholders(len(events), 4), args...); err != nil {
		return err
	}
	var answers []bus.Publication
	for _, e := range events {
		if e.Aggregate.Version%2 != 0 {
			if err := p.trouble(ctx, p.name, e); err != nil {
				return err
			}
		}
		if p.name == "clerk" && e.Aggregate.Type == sheet {
			of, err := p.raise(ctx, tx, folder, e.Aggregate.ID, filed{}.EventType().Name)
			if err != nil {
				return err
			}
			answers = append(answers, bus.Publication{Of: of, Event: filed{About: e.Aggregate.ID}, Cause: e})
		}
	}
	return p.publish.PublishSet(ctx, tx, answers)
}

const (
	selectVersion = "SELECT version FROM paper WHERE agg_type = ? AND agg_id = ? FOR UPDATE"
	raiseVersion  = "UPDATE paper SET version = ? WHERE agg_type = ? AND agg_id = ? AND version = ?"
	insertStated  = "INSERT INTO stated (agg_type, agg_id, agg_seq, type) VALUES (?, ?, ?, ?)"
)

// raise takes an aggregate's next version behind the lock of its row, as modules do, and records what it
// is for in the publisher's own words: rows of the outbox go away.
func (p *player) raise(ctx context.Context, tx *sqldb.Tx, kind string, about id.UUID, name string) (event.Aggregate, error) {
	of := event.Aggregate{Type: kind, ID: about}
	var version int64
	if err := tx.Get(ctx, &version, selectVersion, kind, about); err != nil {
		return of, err
	}
	n, err := tx.ExecCount(ctx, raiseVersion, version+1, kind, about, version)
	if err != nil {
		return of, err
	}
	if n != 1 {
		return of, fmt.Errorf("somebody changed %s %s under its lock", kind, about)
	}
	of.Version = version + 1
	_, err = tx.Exec(ctx, insertStated, kind, about, of.Version, name)
	return of, err
}

// state publishes an aggregate's next event.
func (p *player) state(ctx context.Context, tx *sqldb.Tx, f fact) error {
	of, err := p.raise(ctx, tx, f.kind, f.about, f.event.EventType().Name)
	if err != nil {
		return err
	}
	return p.publish.Publish(ctx, tx, of, f.event)
}
