package bus_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const insertSubscription = "INSERT INTO bus_subscription (type, consumer) VALUES ('desk.noted', 'elsewhere')"

func TestARestartFindsWhatIsPendingAndKeepsItForASlowConsumer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		agg := id.New()
		const backlog = 520 // more than one page
		i.publish(agg, 1, backlog)
		slow := make(chan struct{})
		release := sync.OnceFunc(func() { close(slow) })
		t.Cleanup(release)
		i.start(i.noting("clerk", always), i.noting("archivist", func(event.Envelope, note) error {
			<-slow
			return nil
		}))
		i.eventually(func() bool { return i.effects("clerk") == backlog }, "the quick one")
		i.publish(id.New(), 1, 1)
		i.eventually(func() bool { return i.effects("clerk") == backlog+1 }, "rows are deleted meanwhile, if any")
		require.Equal(t, backlog+1, i.outbox(), "kept for the slow one")
		release()
		i.eventually(func() bool { return i.effects("archivist") == backlog+1 }, "the slow one")
		require.Equal(t, upTo(backlog), i.notes("archivist", agg))
		i.eventually(func() bool { return i.outbox() == 0 }, "deleted")
	})
}

func TestARowIsKeptForAConsumerOfAnotherProcessUntilAnOperatorRemovesIt(t *testing.T) {
	inBubble(t, func(t *testing.T, i *instance) {
		i.start(i.noting("clerk", always), i.noting("archivist", always))
		i.publish(id.New(), 1, 3)
		later(time.Second)
		require.Zero(t, i.outbox(), "nobody else hears")
		i.exec("desk", insertSubscription) // by another process, while this one runs
		i.publish(id.New(), 1, 3)
		later(3 * time.Minute)
		require.Equal(t, 6, i.effects("clerk"))
		require.Equal(t, 6, i.effects("archivist"))
		require.Equal(t, 3, i.outbox())
		i.exec("desk", "DELETE FROM bus_subscription WHERE consumer = 'elsewhere'")
		later(2 * time.Minute)
		require.Zero(t, i.outbox(), "found by the next full pass")
		require.Equal(t, 6, i.effects("clerk"))
	})
}

func TestEventsThatNobodyHearsAreDeleted(t *testing.T) {
	inBubble(t, func(t *testing.T, i *instance) {
		i.start()
		i.publish(id.New(), 1, 3)
		later(2 * time.Minute)
		require.Zero(t, i.outbox())
	})
}

func TestADeletionThatFailsIsTriedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, i *instance) {
		var runs atomic.Int32
		i.start(i.noting("clerk", func(event.Envelope, note) error { runs.Add(1); return nil }))
		i.exec("desk", "CREATE TRIGGER no_delete BEFORE DELETE ON bus_outbox BEGIN SELECT RAISE(ABORT, 'not now'); END")
		i.publish(id.New(), 1, 3)
		later(5 * time.Second)
		require.Equal(t, 3, i.outbox())
		i.exec("desk", "DROP TRIGGER no_delete")
		later(time.Second)
		require.Zero(t, i.outbox())
		require.Equal(t, int32(3), runs.Load(), "no event was delivered again")
	})
}

func TestStopWaitsForTheHandlerThatRunsAndLeavesTheRestPending(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newStore(t, e)
		agg := id.New()
		const total = 40 // all of one aggregate: they wait in the queue when it is stopped
		started, finish := make(chan struct{}, total), make(chan struct{})
		release := sync.OnceFunc(func() { close(finish) })
		t.Cleanup(release)
		s.first.start(s.first.noting("clerk", func(event.Envelope, note) error {
			started <- struct{}{}
			<-finish
			return nil
		}))
		s.first.publish(agg, 1, total)
		<-started
		stopped := make(chan error, 1)
		go func() { stopped <- s.first.Stop(context.WithoutCancel(t.Context())) }()
		hurried, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, s.first.Stop(hurried), context.Canceled)
		require.Empty(t, stopped, "it waits")
		release()
		require.NoError(t, <-stopped)
		require.Equal(t, upTo(1), s.first.notes("clerk", agg))
		require.Equal(t, total-1, s.first.outbox(), "what was done is deleted, the rest is not")
		s.first.close()

		again := s.open(time.Now)
		again.start(again.noting("clerk", always))
		again.eventually(func() bool { return again.effects("clerk") == total }, "the rest")
		require.Equal(t, upTo(total), again.notes("clerk", agg))
		again.close()
	})
}

func TestABusWhoseHandlersDifferFromItsManifestsDoesNotStart(t *testing.T) {
	t.Parallel()
	i := newStore(t, dbtest.Only(t, sqldb.SQLite)).first
	clerk := i.noting("clerk", always)
	for name, c := range map[string]struct {
		manifests []module.Manifest
		subs      []bus.Subscription
		problem   string
	}{
		"handler lost":          {[]module.Manifest{desk(), listener("clerk")}, nil, "module clerk declares that it listens to desk.noted"},
		"handler not declared":  {[]module.Manifest{desk(), {Name: "clerk"}}, []bus.Subscription{clerk}, "module clerk handles desk.noted"},
		"consumer not declared": {[]module.Manifest{desk()}, []bus.Subscription{clerk}, "consumer clerk has no manifest"},
		"two subscriptions":     {[]module.Manifest{desk(), listener("clerk")}, []bus.Subscription{clerk, clerk}, "consumer clerk has two subscriptions"},
		"another's schema": {
			[]module.Manifest{desk(), listener("clerk")},
			[]bus.Subscription{{Consumer: "clerk", Schema: i.dbs["archivist"], Handlers: clerk.Handlers}},
			"consumer clerk was given the schema of archivist",
		},
		"two handlers": {
			[]module.Manifest{desk(), listener("clerk")},
			[]bus.Subscription{{Consumer: "clerk", Schema: clerk.Schema, Handlers: append(clerk.Handlers, clerk.Handlers...)}},
			"two handlers for desk.noted v1",
		},
	} {
		require.ErrorContains(t, i.Start(t.Context(), c.manifests, c.subs), c.problem, name)
	}
}

func TestAnEventCarriesTheChainThatLedToIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		answers := i.Publisher(i.dbs["clerk"])
		sub := bus.Subscription{Consumer: "clerk", Schema: i.dbs["clerk"], Handlers: []bus.Handler{
			bus.On(func(ctx context.Context, tx *sqldb.Tx, e event.Envelope, n note) error {
				return answers.Publish(ctx, tx, event.Aggregate{Type: "answer", ID: e.Aggregate.ID, Version: n.N}, n)
			}),
		}}
		agg := id.New()
		i.publish(agg, 1, 1)
		first := pending(t, i.dbs["desk"])[0]
		require.Equal(t, first.ID, first.CorrelationID)
		require.True(t, first.CausationID.IsZero())
		require.Equal(t, "desk", first.Source)
		require.Equal(t, paper(agg, 1), first.Aggregate)
		require.WithinDuration(t, time.Now(), first.OccurredAt, time.Minute)
		require.JSONEq(t, fmt.Sprintf(`{"N":1,"Paper":"%s"}`, agg), string(first.Payload))

		first.TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
		require.NoError(t, bus.Deliver(t.Context(), sub, first))
		second := pending(t, i.dbs["clerk"])[0]
		require.Equal(t, first.ID, second.CausationID)
		require.Equal(t, first.CorrelationID, second.CorrelationID)
		require.Equal(t, first.TraceParent, second.TraceParent)

		second.Aggregate.Version, second.Payload = 2, []byte(`{"N":2}`)
		require.NoError(t, bus.Deliver(t.Context(), sub, second))
		third := pending(t, i.dbs["clerk"])[1]
		require.Equal(t, second.ID, third.CausationID)
		require.Equal(t, first.ID, third.CorrelationID, "the first of the chain")
	})
}

func pending(t *testing.T, db *sqldb.DB) []event.Envelope {
	t.Helper()
	events, err := bus.Pending(t.Context(), db)
	require.NoError(t, err)
	return events
}

type tome struct{ Text string }

func (tome) EventType() event.Type { return event.Type{Name: "desk.noted", Version: 1} }

func TestAnOversizePayloadIsRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		state := func(size int) error {
			return sqldb.InTx(t.Context(), i.dbs["desk"], func(tx *sqldb.Tx) error {
				return i.desk.Publish(t.Context(), tx, paper(id.New(), 1), tome{string(make([]byte, size))})
			})
		}
		require.ErrorContains(t, state(256<<10), "payload")
		require.NoError(t, state(10<<10))
		require.Equal(t, 1, i.outbox())
	})
}

func TestAVersionIsStatedOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		agg := id.New()
		i.publish(agg, 1, 1)
		err := sqldb.InTx(t.Context(), i.dbs["desk"], func(tx *sqldb.Tx) error {
			return i.desk.Publish(t.Context(), tx, paper(agg, 1), note{N: 1})
		})
		require.ErrorIs(t, err, bus.ErrVersionTaken)
		require.False(t, sqldb.IsDuplicate(err), "it must not pass for a duplicate of the caller's own")
		require.Equal(t, 1, i.outbox())
	})
}
