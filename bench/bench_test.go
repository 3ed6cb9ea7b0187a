package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest/mysqld"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// The whole of it in small, so that it does not rot while nobody measures.
func TestEveryRowIsMeasuredAndNothingIsLost(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a durable server and takes half a minute")
	}
	var out, progress bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-short", "-engine", enginesHere(t)}, &out, &progress), "%s", progress.String())
	for _, want := range []string{inSetsName, riverName, latencyName, deliveredName, backlogName} {
		require.Contains(t, out.String(), want)
	}
}

// enginesHere leaves MySQL out where no server is installed; CI has one.
func enginesHere(t *testing.T) string {
	t.Helper()
	_, err := mysqld.Find()
	if !errors.Is(err, mysqld.ErrNotFound) {
		require.NoError(t, err)
		return "both"
	}
	require.NotEqual(t, "true", os.Getenv("CI"), "CI measures both engines")
	t.Log("no server is installed: MySQL's half is left out")
	return "sqlite"
}

func smallBench(t *testing.T) (*bench, *ground) {
	t.Helper()
	g, err := openGround(t.Context(), sqldb.SQLite, t.TempDir())
	require.NoError(t, err)
	return &bench{}, g
}

// A handler that swallows some events, and writes others too late: the audit must see both.
func TestAuditSeesLostAndDisorderedEffects(t *testing.T) {
	t.Parallel()
	b, g := smallBench(t)
	const events = 2 * cohort
	r, err := b.drain(t.Context(), g, events, func(p *progress) bus.Handler {
		return bus.On(func(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact booked) error {
			switch fact.Number {
			case 0, 7: // lost, and progress is told otherwise
				tx.OnCommit(func() { p.add(1) })
				return nil
			case cohort: // the second of the first account pretends to be the third
				fact.Seq = 3
			case cohort + 3: // the second of the fourth account pretends to be its first
				fact.Seq = 1
			}
			return p.takeOne(ctx, tx, e, fact)
		})
	})
	require.NoError(t, err)
	require.Equal(t, audit{Lost: 2, Disordered: 1}, r.Audit)
}

func TestAuditSeesAnEventThatTheBusHolds(t *testing.T) {
	t.Parallel()
	b, g := smallBench(t)
	r, err := b.drain(t.Context(), g, 100, func(p *progress) bus.Handler {
		return bus.On(func(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact booked) error {
			if fact.Number == 50 {
				p.add(1)
				return errors.New("not today")
			}
			return p.takeOne(ctx, tx, e, fact)
		})
	})
	require.NoError(t, err)
	require.Equal(t, int64(2), r.Audit.Lost, "no effect, and held")
}

func TestAuditSeesDoubledEffects(t *testing.T) {
	t.Parallel()
	b, g := smallBench(t)
	r, err := b.drain(t.Context(), g, 100, func(p *progress) bus.Handler {
		return bus.On(func(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact booked) error {
			if err := p.takeOne(ctx, tx, e, fact); err != nil || fact.Number != 9 {
				return err
			}
			p.add(1) // it will be held
			return p.takeOne(ctx, tx, e, fact)
		})
	})
	require.NoError(t, err)
	require.GreaterOrEqual(t, r.Audit.Doubled, int64(1))
}

func TestAVerdictHoldsBanyanToItsPromise(t *testing.T) {
	t.Parallel()
	trouble := reading{Rate: 1, Audit: audit{Disordered: 1}}
	var r report
	r.add(trial{row: 1, engine: sqldb.MySQL, name: queueName}, trouble)
	require.NoError(t, r.verdict(true), "a peer's trouble is told, and is its own")
	r.add(trial{row: 1, engine: sqldb.MySQL, name: inSetsName}, trouble)
	require.ErrorIs(t, r.verdict(false), errBroken)
}

func TestGoalsCompareMedians(t *testing.T) {
	t.Parallel()
	var r report
	for _, rate := range []float64{100, 900, 310} {
		r.add(trial{row: 1, engine: sqldb.MySQL, name: inSetsName}, reading{Rate: rate})
	}
	r.add(trial{row: 1, engine: sqldb.MySQL, name: defaultName}, reading{Rate: 100})
	require.Equal(t, []goal{
		{engine: sqldb.MySQL, name: "drain in sets / watermill default", want: ">= 3.00", got: "3.10", met: true},
	}, r.goals())
	require.NoError(t, r.verdict(true))
	r.add(trial{row: 1, engine: sqldb.MySQL, name: defaultName}, reading{Rate: 120})
	require.ErrorIs(t, r.verdict(true), errMissed)
	require.NoError(t, r.verdict(false))
}

func TestALedgerKeepsEachAccountsOrder(t *testing.T) {
	t.Parallel()
	l := newLedger(3*cohort*perAccount + 17)
	last := make(map[string]int64)
	for n := range l.events {
		fact := l.at(n)
		require.Equal(t, l.account(accountOf(n)), fact.Account)
		require.Less(t, accountOf(n), l.accounts())
		last[fact.Account.String()]++
		require.Equal(t, last[fact.Account.String()], fact.Seq)
	}
	require.Len(t, last, 3*cohort+17)
}

func TestOrderIsWatchedInMemory(t *testing.T) {
	t.Parallel()
	o := newOrder(ledger{events: 10})
	for _, seq := range []int64{1, 2, 2, 3, 1} {
		o.saw(booked{Number: 4, Seq: seq})
	}
	o.saw(booked{Number: 5, Seq: 1})
	require.Equal(t, int64(1), o.disordered.Load(), "the same again is a transaction's second run")
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	values := []int{5, 1, 4, 2, 3}
	require.Equal(t, 3, quantile(values, 0.5))
	require.Equal(t, 5, quantile(values, 0.99))
	require.Zero(t, quantile([]int(nil), 0.5))
	require.InDelta(t, 2.5, median([]float64{4, 1, 2, 3}), 0)
	require.Zero(t, median(nil))
}
