package bus_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestAnEventTakesEffectOnceHoweverOftenItIsDelivered(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		agg := id.New()
		i.publish(agg, 1, 1)
		pending, err := bus.Pending(t.Context(), i.dbs["desk"])
		require.NoError(t, err)
		sub := i.noting("clerk", always)
		var deliveries sync.WaitGroup
		for range 8 {
			deliveries.Go(func() {
				for range 3 {
					if err := bus.Deliver(t.Context(), sub, pending[0]); err != nil {
						t.Error(err)
					}
				}
			})
		}
		deliveries.Wait()
		require.Equal(t, []int64{1}, i.notes("clerk", agg))
	})
}

func TestADeliveryThatFailsLeavesNothingAndMayBeRepeated(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		agg := id.New()
		i.publish(agg, 1, 1)
		pending, err := bus.Pending(t.Context(), i.dbs["desk"])
		require.NoError(t, err)
		refuse := true
		sub := i.noting("clerk", func(event.Envelope, note) error {
			if refuse {
				return errHandler
			}
			return nil
		})
		require.ErrorIs(t, bus.Deliver(t.Context(), sub, pending[0]), errHandler)
		require.Empty(t, i.held(agg))
		refuse = false
		require.NoError(t, bus.Deliver(t.Context(), sub, pending[0]))
		require.Equal(t, []int64{1}, i.notes("clerk", agg))
	})
}

func TestEventsOfAnAggregateKeepTheirOrderUnderSixteenPublishers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		papers := i.papers(8)
		i.start(i.noting("clerk", always), i.notingSets("archivist", always))
		i.publishAtOnce(papers, 16, 20)
		i.settle(papers, 16*20)
	})
}

// papers are aggregates with a version, whose rows publishers lock.
func (i *instance) papers(n int) []id.UUID {
	papers := make([]id.UUID, n)
	for k := range papers {
		papers[k] = id.New()
		i.exec("desk", "INSERT INTO paper (id, version) VALUES (?, 0)", papers[k])
	}
	return papers
}

// publishAtOnce lets workers publish one event a transaction, each time about any of the papers.
func (i *instance) publishAtOnce(papers []id.UUID, workers, each int) {
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for range each {
				if err := i.raise(papers[rand.N(len(papers))]); err != nil {
					i.t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// raise publishes an aggregate's next event as modules do: behind the lock of its row.
func (i *instance) raise(agg id.UUID) error {
	ctx := i.t.Context()
	return sqldb.InTx(ctx, i.dbs["desk"], func(tx *sqldb.Tx) error {
		var version int64
		if err := tx.Get(ctx, &version, "SELECT version FROM paper WHERE id = ? FOR UPDATE", agg); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE paper SET version = ? WHERE id = ? AND version = ?", version+1, agg, version); err != nil {
			return err
		}
		return i.desk.Publish(ctx, tx, paper(agg, version+1), note{N: version + 1, Paper: agg})
	})
}

// settle waits until everything took effect for both consumers, and checks that it did once and in order.
func (i *instance) settle(papers []id.UUID, total int) {
	i.t.Helper()
	consumers := []string{"clerk", "archivist"}
	for _, consumer := range consumers {
		i.eventually(func() bool { return i.effects(consumer) >= total }, "lost")
	}
	i.eventually(func() bool { return i.outbox() == 0 }, "not deleted")
	for _, consumer := range consumers {
		require.Equal(i.t, total, i.effects(consumer), "doubled")
		for _, agg := range papers {
			notes := i.notes(consumer, agg)
			require.Equal(i.t, upTo(int64(len(notes))), notes, "disordered")
		}
	}
}

func TestTwoInstancesOnOneStoreLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t, dbtest.Only(t, sqldb.MySQL))
	instances := []*instance{s.first, s.open(time.Now)}
	papers := s.first.papers(8)
	for _, i := range instances {
		i.start(i.noting("clerk", always), i.notingSets("archivist", always))
	}
	var both sync.WaitGroup
	for _, i := range instances {
		both.Go(func() { i.publishAtOnce(papers, 8, 20) })
	}
	both.Wait()
	s.first.settle(papers, 2*8*20)
}

// open is a transaction of the desk that stays open after it has published.
type open struct {
	commit chan struct{}
	done   chan error
}

func (i *instance) publishAndWait(agg id.UUID, version int64) open {
	i.t.Helper()
	o := open{commit: make(chan struct{}), done: make(chan error, 1)}
	published := make(chan struct{})
	go func() {
		o.done <- sqldb.InTx(i.t.Context(), i.dbs["desk"], func(tx *sqldb.Tx) error {
			err := i.desk.Publish(i.t.Context(), tx, paper(agg, version), note{N: version, Paper: agg})
			close(published)
			<-o.commit
			return err
		})
	}()
	<-published
	return o
}

func (o open) end(t *testing.T) {
	t.Helper()
	close(o.commit)
	require.NoError(t, <-o.done)
}

func TestAnEventThatBecameVisibleLateComesBeforeTheNextOfItsAggregate(t *testing.T) {
	t.Parallel()
	s := newStore(t, dbtest.Only(t, sqldb.MySQL))
	here, elsewhere := s.first, s.open(time.Now) // elsewhere: its commits give no hint here
	here.start(here.noting("clerk", always))
	for round := 1; round <= 5; round++ {
		late, other := id.New(), id.New()
		first := elsewhere.publishAndWait(late, 1)
		here.publish(other, 1, 1) // a later position, visible earlier: the scan passes the first
		here.eventually(func() bool { return len(here.notes("clerk", other)) == 1 }, "the later position")
		first.end(t)
		here.publish(late, 2, 2)
		here.eventually(func() bool { return len(here.notes("clerk", late)) == 2 }, "both")
		require.Equal(t, upTo(2), here.notes("clerk", late))
	}
}

func TestALateCommitIsFoundByItsHintAndNotOnlyByASweep(t *testing.T) {
	t.Parallel()
	i := newStore(t, dbtest.Only(t, sqldb.MySQL)).first
	i.start(i.noting("clerk", always))
	const rounds = 6
	start := time.Now()
	for range rounds {
		late, other := id.New(), id.New()
		first := i.publishAndWait(late, 1)
		i.publish(other, 1, 1)
		i.eventually(func() bool { return len(i.notes("clerk", other)) == 1 }, "the later position")
		first.end(t)
		i.eventually(func() bool { return len(i.notes("clerk", late)) == 1 }, "the late one")
	}
	// A round that waits for a sweep ends with it, so that the next round waits a whole second.
	require.Less(t, time.Since(start), (rounds-2)*time.Second)
}

func TestALateCommitOfAnotherInstanceIsFoundByTheSweep(t *testing.T) {
	t.Parallel()
	s := newStore(t, dbtest.Only(t, sqldb.MySQL))
	here, elsewhere := s.first, s.open(time.Now)
	here.start(here.noting("clerk", always))
	late, other := id.New(), id.New()
	first := elsewhere.publishAndWait(late, 1)
	here.publish(other, 1, 1)
	here.eventually(func() bool { return here.effects("clerk") == 1 }, "the later position")
	first.end(t)
	here.eventually(func() bool { return here.effects("clerk") == 2 }, "the late one")
}

func TestTroubleWithTheDatabaseIsRetriedInPlace(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		agg := id.New()
		var runs atomic.Int32
		i.start(i.noting("clerk", func(_ event.Envelope, n note) error {
			if len(i.held(agg)) > 0 {
				t.Error("it was held")
			}
			if n.N == 1 && runs.Add(1) <= 3 {
				return errors.Join(errHandler, sqldb.ErrBusy)
			}
			return nil
		}))
		i.publish(agg, 1, 3)
		i.eventually(func() bool { return i.effects("clerk") == 3 }, "all")
		require.Equal(t, upTo(3), i.notes("clerk", agg))
		require.Equal(t, int32(4), runs.Load())
	})
}

func TestAnUnusableConsumersSchemaHoldsUpItsConsumerAloneAndLosesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		agg := id.New()
		i.start(i.noting("clerk", always), i.noting("archivist", always))
		i.exec("clerk", "ALTER TABLE bus_inbox RENAME TO bus_inbox_away")
		i.publish(agg, 1, 3)
		i.eventually(func() bool { return i.effects("archivist") == 3 }, "the other consumer")
		require.Zero(t, i.effects("clerk"))
		require.Equal(t, 3, i.outbox(), "kept for the clerk")
		i.exec("clerk", "ALTER TABLE bus_inbox_away RENAME TO bus_inbox")
		i.eventually(func() bool { return i.effects("clerk") == 3 }, "after the repair")
		require.Equal(t, upTo(3), i.notes("clerk", agg))
		require.Empty(t, i.held(agg))
	})
}

func TestARowThatCanNotBeReadStopsNoOther(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		broken, well := id.New(), id.New()
		i.publish(broken, 1, 2)
		i.publish(well, 1, 1)
		i.exec("desk", "UPDATE bus_outbox SET headers = 'x', payload = 'x' WHERE agg_id = ? AND agg_seq = 1", broken)
		i.start(i.noting("clerk", always))
		i.eventually(func() bool { return i.effects("clerk") == 1 && len(i.held(broken)) == 2 }, "the others")
		require.Equal(t, []string{"retry", "behind"}, i.held(broken))
	})
}

func TestTheTextOfAnErrorNeverKeepsAnEventFromBeingHeld(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		texts := []string{strings.Repeat("ä", 600), "x" + strings.Repeat("ä", 600), "\xff\xfe", "\x00 €", strings.Repeat("😀", 200) + "\xf0"}
		i.start(i.noting("clerk", func(_ event.Envelope, n note) error { return errors.New(texts[n.N]) }))
		for k := range texts {
			agg := id.New()
			require.NoError(t, sqldb.InTx(t.Context(), i.dbs["desk"], func(tx *sqldb.Tx) error {
				return i.desk.Publish(t.Context(), tx, paper(agg, 1), note{N: int64(k)})
			}))
			i.eventually(func() bool { return len(i.held(agg)) == 1 }, "held")
		}
	})
}

func TestAHandlerThatHangsParksItsEventWhenItsDeadlineIsOver(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		agg := id.New()
		sub := i.noting("clerk", always)
		sub.Deadline = 50 * time.Millisecond
		over := make(chan struct{})
		t.Cleanup(func() { close(over) })
		sub.Handlers = []bus.Handler{bus.On(func(ctx context.Context, _ *sqldb.Tx, _ event.Envelope, _ note) error {
			select {
			case <-ctx.Done():
			case <-over:
			}
			return ctx.Err()
		})}
		i.start(sub)
		i.publish(agg, 1, 1)
		i.eventually(func() bool { return len(i.held(agg)) == 1 }, "a hanging handler parks its event")
		require.Equal(t, []string{"retry"}, i.held(agg))
	})
}
