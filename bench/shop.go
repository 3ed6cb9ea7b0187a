package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// shop is Banyan as one process has it: the schemas of two modules, and the bus between them.
type shop struct {
	place     place
	desk      *sqldb.DB
	clerk     *sqldb.DB
	bus       *bus.Bus
	publisher *bus.Publisher
}

// openShop makes a shop at a place of its own. observe may be nil.
func (g *ground) openShop(ctx context.Context, observe func(sqldb.Statement)) (_ *shop, err error) {
	s := &shop{}
	if s.place, err = g.newPlace(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	for _, module := range []string{desk, clerk} {
		if err := s.place.create(ctx, module, module); err != nil {
			return nil, err
		}
	}
	if s.desk, err = sqldb.Open(ctx, s.place.Location, desk, sqldb.Options{Observe: observe}); err != nil {
		return nil, err
	}
	if s.clerk, err = sqldb.Open(ctx, s.place.Location, clerk, sqldb.Options{Observe: observe}); err != nil {
		return nil, err
	}
	s.bus = bus.New(slog.New(slog.DiscardHandler), now, prometheus.NewRegistry())
	s.publisher = s.bus.Publisher(s.desk)
	return s, nil
}

// start delivers to one handler of the clerk's.
func (s *shop) start(ctx context.Context, h bus.Handler) error {
	return s.bus.Start(ctx, manifests(), []bus.Subscription{{Consumer: clerk, Schema: s.clerk, Handlers: []bus.Handler{h}}})
}

// stopLimit is how long the bus may take to finish what it has begun.
const stopLimit = time.Minute

func (s *shop) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	return s.bus.Stop(ctx)
}

// close ends a shop whose bus does not run, and removes it.
func (s *shop) close() error {
	var errs []error
	for _, db := range []*sqldb.DB{s.desk, s.clerk} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(append(errs, s.place.remove())...)
}

const (
	fillRows  = 1000 // of one statement
	fillUnits = 5    // statements of one transaction
)

// fill publishes a ledger while nobody listens.
func (s *shop) fill(ctx context.Context, l ledger) error {
	for from := int64(0); from < l.events; from += fillRows * fillUnits {
		to := min(from+fillRows*fillUnits, l.events)
		err := sqldb.InTx(ctx, s.desk, func(tx *sqldb.Tx) error {
			for at := from; at < to; at += fillRows {
				if err := s.publisher.PublishSet(ctx, tx, publications(l, at, min(at+fillRows, to))); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func publications(l ledger, from, to int64) []bus.Publication {
	set := make([]bus.Publication, 0, to-from)
	for n := from; n < to; n++ {
		fact := l.at(n)
		set = append(set, bus.Publication{Of: fact.aggregate(), Event: fact})
	}
	return set
}
