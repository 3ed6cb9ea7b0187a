package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// reading is what one contender did in one round.
type reading struct {
	Rate  float64       `json:"rate,omitempty"` // a second
	P50   time.Duration `json:"p50_ns,omitempty"`
	P99   time.Duration `json:"p99_ns,omitempty"`
	Spent spent         `json:"spent"`
	Audit audit         `json:"audit"`
}

const insertEffects = "INSERT INTO effect (event_id, account, seq) VALUES "

// inSets writes the effects of a set by one statement.
func inSets(p *progress) bus.Handler { return bus.OnSet(keyOf, p.takeSet) }

func keyOf(fact booked) id.UUID { return fact.Account }

func (p *progress) takeSet(ctx context.Context, tx *sqldb.Tx, facts []bus.Fact[booked]) error {
	args := make([]any, 0, 3*len(facts))
	for _, f := range facts {
		args = append(args, f.Envelope.ID, f.Event.Account, f.Event.Seq)
	}
	return p.write(ctx, tx, int64(len(facts)), args)
}

// oneByOne writes each effect in a transaction of its own.
func oneByOne(p *progress) bus.Handler { return bus.On(p.takeOne) }

func (p *progress) takeOne(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact booked) error {
	return p.write(ctx, tx, 1, []any{e.ID, fact.Account, fact.Seq})
}

func (p *progress) write(ctx context.Context, tx *sqldb.Tx, effects int64, args []any) error {
	_, err := tx.Exec(ctx, insertEffects+sqldb.Placeholders(len(args)/3, 3), args...)
	if sqldb.IsDuplicate(err) {
		p.doubled.Add(1)
	}
	if err == nil {
		tx.OnCommit(func() { p.add(effects) })
	}
	return err
}

// drain lets Banyan take a backlog of events, whose effects are rows.
func (b *bench) drain(ctx context.Context, g *ground, events int64, handler func(*progress) bus.Handler) (reading, error) {
	return b.drainBy(ctx, g, events, handler, func(s *shop, p *progress) (audit, error) {
		a, err := auditEffects(ctx, s.clerk, events)
		a.Doubled += p.doubled.Load()
		return a, err
	})
}

func (b *bench) drainBy(ctx context.Context, g *ground, events int64, handler func(*progress) bus.Handler,
	check func(s *shop, p *progress) (audit, error),
) (r reading, err error) {
	probe := b.newProbe()
	s, err := g.openShop(ctx, probe.observe())
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.fill(ctx, newLedger(events)); err != nil {
		return r, fmt.Errorf("fill: %w", err)
	}
	p := newProgress(events)
	if err := probe.start(); err != nil {
		return r, err
	}
	meter := startMeter(g.pid())
	begin := now()
	err = s.start(ctx, handler(p))
	if err == nil {
		err = p.await(ctx)
	}
	r.Spent = meter.stop(events)
	if err = errors.Join(err, probe.stop(events), s.stop(ctx)); err != nil {
		return r, err
	}
	r.Rate = rate(events, p.end.Sub(begin))
	left, err := s.settled(ctx)
	if err != nil {
		return r, err
	}
	found, err := check(s, p)
	r.Audit = found.plus(left)
	return r, err
}

func rate(n int64, took time.Duration) float64 { return float64(n) / took.Seconds() }

// order watches the order of events in memory, where they have no effect to show it.
type order struct {
	last       []atomic.Int64 // by account
	disordered atomic.Int64
}

func newOrder(l ledger) *order { return &order{last: make([]atomic.Int64, l.accounts())} }

// saw may be told of an event again: a transaction that is rolled back runs again.
func (o *order) saw(fact booked) {
	if o.last[accountOf(fact.Number)].Swap(fact.Seq) > fact.Seq {
		o.disordered.Add(1)
	}
}

// drainIdly lets Banyan take a backlog with a handler that does nothing: what is left is the bus.
func (b *bench) drainIdly(ctx context.Context, g *ground, events int64, handler func(*progress, *order) bus.Handler) (reading, error) {
	o := newOrder(ledger{events: events})
	return b.drainBy(ctx, g, events,
		func(p *progress) bus.Handler { return handler(p, o) },
		func(s *shop, p *progress) (audit, error) {
			var inbox int64
			err := s.clerk.Get(ctx, &inbox, countInbox)
			return audit{
				Lost: max(0, events-inbox), Doubled: max(0, p.committed.Load()-events), Disordered: o.disordered.Load(),
			}, err
		})
}

func idleInSets(p *progress, o *order) bus.Handler {
	return bus.OnSet(keyOf, func(_ context.Context, tx *sqldb.Tx, facts []bus.Fact[booked]) error {
		for _, f := range facts {
			o.saw(f.Event)
		}
		tx.OnCommit(func() { p.add(int64(len(facts))) })
		return nil
	})
}

func idleOneByOne(p *progress, o *order) bus.Handler {
	return bus.On(func(_ context.Context, tx *sqldb.Tx, _ event.Envelope, fact booked) error {
		o.saw(fact)
		tx.OnCommit(func() { p.add(1) })
		return nil
	})
}
