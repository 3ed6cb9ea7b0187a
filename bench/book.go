package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	insertAccounts = "INSERT INTO account (id, version, balance) VALUES "
	updateAccount  = "UPDATE account SET version = ?, balance = balance + ? WHERE id = ? AND version = ?"
	insertBooking  = "INSERT INTO booking (id, account, amount, text) VALUES (?, ?, ?, ?)"
	insertEntries  = "INSERT INTO entry (booking, side, account, amount) VALUES (?, ?, ?, ?), (?, ?, ?, ?)"
	sumVersions    = "SELECT COALESCE(SUM(version), 0) FROM account"
)

var errVersion = errors.New("somebody else wrote to this client's account")

// openAccounts makes the accounts with the numbers below to, at version 0.
func (s *shop) openAccounts(ctx context.Context, l ledger, to int64) error {
	for from := int64(0); from < to; from += cohort {
		var args []any
		for number := from; number < min(from+cohort, to); number++ {
			args = append(args, l.account(number), 0, 0)
		}
		err := sqldb.InTx(ctx, s.desk, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, insertAccounts+sqldb.Placeholders(len(args)/3, 3), args...)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// book is the business transaction: a guarded UPDATE of the account, the booking and its two entries, with
// or without the event that tells of it; at the barest, the UPDATE alone. committed may be nil.
func (s *shop) book(ctx context.Context, fact booked, do bookings, committed func()) error {
	return sqldb.InTx(ctx, s.desk, func(tx *sqldb.Tx) error {
		if committed != nil {
			tx.OnCommit(committed)
		}
		n, err := tx.ExecCount(ctx, updateAccount, fact.Seq, fact.Amount, fact.Account, fact.Seq-1)
		if err != nil {
			return err
		}
		if n != 1 {
			return errVersion
		}
		if !do.barest {
			if err := writeBooking(ctx, tx, fact); err != nil {
				return err
			}
		}
		if !do.publish {
			return nil
		}
		return s.publisher.Publish(ctx, tx, fact.aggregate(), fact)
	})
}

func writeBooking(ctx context.Context, tx *sqldb.Tx, fact booked) error {
	booking := id.New()
	if _, err := tx.Exec(ctx, insertBooking, booking, fact.Account, fact.Amount, "what it was for"); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, insertEntries, booking, "debit", fact.Account, fact.Amount, booking, "credit", fact.Account, -fact.Amount)
	return err
}

// bookings says what a business transaction does.
type bookings struct {
	barest  bool // the UPDATE alone
	publish bool
	deliver bool
}

const accountsOfClient = 100

// business is the rate of business transactions of some clients at a time, each with its own accounts.
func (b *bench) business(ctx context.Context, g *ground, do bookings) (r reading, err error) {
	probe := b.newProbe()
	s, err := g.openShop(ctx, probe.observe())
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	l := newLedger(0)
	if err := s.openAccounts(ctx, l, int64(b.options.clients)*accountsOfClient); err != nil {
		return r, err
	}
	if do.deliver {
		if err := s.start(ctx, inSets(newProgress(0))); err != nil {
			return r, err
		}
	}
	if err := probe.start(); err != nil {
		return r, errors.Join(err, s.stop(ctx))
	}
	meter := startMeter(g.pid())
	begin := now()
	done, err := b.drive(ctx, s, l, do)
	r.Rate = rate(done, now().Sub(begin))
	r.Spent = meter.stop(max(done, 1))
	if err = errors.Join(err, probe.stop(max(done, 1)), s.stop(ctx)); err != nil {
		return r, err
	}
	r.Audit, err = s.auditBooked(ctx, done, do)
	return r, err
}

func (b *bench) drive(ctx context.Context, s *shop, l ledger, do bookings) (int64, error) {
	var done atomic.Int64
	var wg sync.WaitGroup
	failures := make([]error, b.options.clients)
	until := now().Add(b.options.length)
	for client := range b.options.clients {
		wg.Go(func() {
			for i := int64(0); failures[client] == nil && now().Before(until); i++ {
				fact := l.at(i)
				fact.Account, fact.Seq = l.account(int64(client)*accountsOfClient+i%accountsOfClient), i/accountsOfClient+1
				if failures[client] = s.book(ctx, fact, do, nil); failures[client] == nil {
					done.Add(1)
				}
			}
		})
	}
	wg.Wait()
	return done.Load(), errors.Join(failures...)
}

// auditBooked compares what clients were told with the accounts, the outbox and the effects. The bus
// has stopped: what it had not come to yet waits in the outbox.
func (s *shop) auditBooked(ctx context.Context, done int64, do bookings) (a audit, err error) {
	var versions, outbox, inbox int64
	err = errors.Join(
		s.desk.Get(ctx, &versions, sumVersions),
		s.desk.Get(ctx, &outbox, countOutbox),
		s.clerk.Get(ctx, &inbox, countInbox),
	)
	if err != nil {
		return a, err
	}
	if do.deliver {
		if a, err = auditEffects(ctx, s.clerk, inbox); err != nil {
			return a, err
		}
	}
	a.Lost += max(0, done-versions)
	if do.publish {
		a.Lost += max(0, done-outbox-inbox)
	}
	return a, nil
}

const (
	perSecond = 50
	warming   = 25 // events before those that count
)

// latency is the time from an event's commit to its effect's, at a pace that leaves both alone.
func (b *bench) latency(ctx context.Context, g *ground) (r reading, err error) {
	s, err := g.openShop(ctx, nil)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	events := warming + int64(b.options.length.Seconds()*perSecond)
	l, p := newLedger(events), newProgress(events)
	if err := s.openAccounts(ctx, l, l.accounts()); err != nil {
		return r, err
	}
	t := timing{told: make([]time.Time, events), taken: make([]time.Time, events)}
	if err := s.start(ctx, t.inSets(p)); err != nil {
		return r, err
	}
	meter := startMeter(g.pid())
	err = t.publish(ctx, s, l)
	if err == nil {
		err = p.await(ctx)
	}
	r.Spent = meter.stop(events)
	if err = errors.Join(err, s.stop(ctx)); err != nil {
		return r, err
	}
	r.P50, r.P99 = t.quantile(0.50), t.quantile(0.99)
	left, err := s.settled(ctx)
	if err != nil {
		return r, err
	}
	found, err := auditEffects(ctx, s.clerk, events)
	r.Audit = found.plus(left)
	return r, err
}

// timing is when each event was committed, and when its effect.
type timing struct{ told, taken []time.Time }

func (t timing) publish(ctx context.Context, s *shop, l ledger) error {
	tick := time.NewTicker(time.Second / perSecond)
	defer tick.Stop()
	for n := range l.events {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := s.book(ctx, l.at(n), bookings{publish: true}, func() { t.told[n] = now() }); err != nil {
			return err
		}
	}
	return nil
}

// inSets is the handler of the drains, which also notes the time of its commits.
func (t timing) inSets(p *progress) bus.Handler {
	return bus.OnSet(keyOf, func(ctx context.Context, tx *sqldb.Tx, facts []bus.Fact[booked]) error {
		tx.OnCommit(func() {
			for _, f := range facts {
				t.taken[f.Event.Number] = now()
			}
		})
		return p.takeSet(ctx, tx, facts)
	})
}

func (t timing) quantile(q float64) time.Duration {
	var took []time.Duration
	for n := warming; n < len(t.told); n++ {
		took = append(took, t.taken[n].Sub(t.told[n]))
	}
	return quantile(took, q)
}
