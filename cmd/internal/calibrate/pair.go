package calibrate

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/platform/broker/jetstream"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/migrate"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

//go:embed tables/*.sql
var tables embed.FS

// told is an event as large as most.
type told struct{ Note string }

// EventType is event.Event.
func (told) EventType() event.Type { return event.Type{Name: "teller.told", Version: 1} }

const (
	teller   = "teller"
	listener = "listener"
	about    = "note"
)

func manifests() []module.Manifest {
	return []module.Manifest{
		{Name: teller, Aggregate: about, Publishes: []event.Definition{event.Define(told{Note: "n"})}},
		{Name: listener, Listens: []string{told{}.EventType().Name}},
	}
}

// pair is two modules on SQLite files, of which one hears what the other says.
type pair struct {
	now     func() time.Time
	log     *slog.Logger
	schemas map[string]*sqldb.DB
	running []*bus.Bus
	publish *bus.Publisher
	heard   chan time.Time
}

func openPair(ctx context.Context, folder string, now func() time.Time) (_ *pair, err error) {
	p := &pair{now: now, log: slog.New(slog.DiscardHandler), schemas: map[string]*sqldb.DB{}, heard: make(chan time.Time, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close(ctx))
		}
	}()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	location, err := sqldb.ParseLocation("sqlite:" + folder)
	if err != nil {
		return nil, err
	}
	own, err := fs.Sub(tables, "tables")
	if err != nil {
		return nil, err
	}
	for _, name := range []string{teller, listener} {
		if _, err := migrate.Up(ctx, location, name, own); err != nil {
			return nil, err
		}
		if p.schemas[name], err = sqldb.Open(ctx, location, name, sqldb.Options{}); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// together lets one bus deliver.
func (p *pair) together(ctx context.Context) error {
	b := p.newBus()
	p.publish = b.Publisher(p.schemas[teller])
	return b.Start(ctx, manifests(), []bus.Subscription{p.subscription()})
}

// apart gives each of the two a bus of its own, as in two processes.
func (p *pair) apart(ctx context.Context, url string) error {
	for _, name := range []string{teller, listener} {
		b := p.newBus()
		broker, err := jetstream.New(jetstream.Config{URL: url, Log: p.log, Registry: prometheus.NewRegistry()})
		if err != nil {
			return err
		}
		b.Deploy(bus.Deployment{Hosted: []string{name}, Broker: broker})
		var subs []bus.Subscription
		if name == listener {
			subs = append(subs, p.subscription())
		} else {
			p.publish = b.Publisher(p.schemas[teller])
		}
		if err := b.Start(ctx, manifests(), subs); err != nil {
			return err
		}
	}
	return nil
}

func (p *pair) newBus() *bus.Bus {
	b := bus.New(p.log, p.now, prometheus.NewRegistry())
	p.running = append(p.running, b)
	return b
}

const insertNote = "INSERT INTO bus_note (id) VALUES (?)"

func (p *pair) subscription() bus.Subscription {
	return bus.Subscription{Consumer: listener, Schema: p.schemas[listener], Handlers: []bus.Handler{
		bus.On(func(ctx context.Context, tx *sqldb.Tx, e event.Envelope, _ told) error {
			if _, err := tx.Exec(ctx, insertNote, e.Aggregate.ID); err != nil {
				return err
			}
			tx.OnEffect(func() { p.heard <- p.now() })
			return nil
		}),
	}}
}

// tell states one fact, and waits until it has taken effect.
func (p *pair) tell(ctx context.Context) (time.Duration, error) {
	of := event.Aggregate{Type: about, ID: id.New(), Version: 1}
	begin := p.now()
	err := sqldb.InTx(ctx, p.schemas[teller], func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, insertNote, of.ID); err != nil {
			return err
		}
		return p.publish.Publish(ctx, tx, of, told{Note: strings.Repeat("x", 400)})
	})
	if err != nil {
		return 0, err
	}
	select {
	case at := <-p.heard:
		return at.Sub(begin), nil
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

func (p *pair) close(ctx context.Context) error {
	var errs []error
	for _, b := range p.running {
		errs = append(errs, b.Stop(ctx))
	}
	for _, db := range p.schemas {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}
