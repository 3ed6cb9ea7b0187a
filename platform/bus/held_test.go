package bus_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestAFailingHandlerParksItsAggregateInOrderAndNoOther(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newStore(t, e)
		s.first.close()
		var c clock
		i := s.open(c.now)
		bad, good := id.New(), id.New()
		var refuse atomic.Bool
		refuse.Store(true)
		i.start(i.noting("clerk", func(e event.Envelope, n note) error {
			if refuse.Load() && e.Aggregate.ID == bad && n.N == 2 {
				return errHandler
			}
			return nil
		}))
		i.publish(bad, 1, 4)
		i.publish(good, 1, 4)
		i.eventually(func() bool { return i.effects("clerk") == 5 && len(i.held(bad)) == 3 }, "the other goes on")
		require.Equal(t, upTo(1), i.notes("clerk", bad))
		require.Equal(t, upTo(4), i.notes("clerk", good))
		require.Equal(t, []string{"retry", "behind", "behind"}, i.held(bad))
		i.eventually(func() bool { return i.outbox() == 0 }, "held is taken")

		refuse.Store(false)
		c.advance(time.Hour)
		i.publish(bad, 5, 6)
		i.eventually(func() bool { return len(i.notes("clerk", bad)) == 6 }, "the sequence goes on")
		require.Equal(t, upTo(6), i.notes("clerk", bad))
		require.Empty(t, i.held(bad))
	})
}

func TestAnEventIsDeadAfterItsLastAttemptAndItsAggregateWaitsBehindIt(t *testing.T) {
	inBubble(t, func(t *testing.T, i *instance) {
		agg, other := id.New(), id.New()
		var runs atomic.Int32
		i.start(i.noting("clerk", func(e event.Envelope, _ note) error {
			if e.Aggregate.ID == agg {
				runs.Add(1)
				return errHandler
			}
			return nil
		}))
		i.publish(agg, 1, 2)
		later((1 + 2 + 4 + 8 + 16 + 32 + 63) * time.Second)
		require.Equal(t, int32(7), runs.Load(), "the pauses double")
		later(10 * time.Second)
		require.Equal(t, int32(8), runs.Load())
		later(3 * time.Minute)
		i.publish(agg, 3, 3)
		i.publish(other, 1, 1)
		later(time.Second)
		require.Equal(t, 1, i.effects("clerk"), "the other goes on")
		require.Equal(t, []string{"dead", "behind", "behind"}, i.held(agg))
		require.Equal(t, int32(8), runs.Load(), "nothing behind it ran")
	})
}

func TestAnUnknownVersionIsHeldAsDead(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		agg := id.New()
		i.start(i.noting("clerk", always))
		i.publish(agg, 1, 1)
		require.NoError(t, sqldb.InTx(t.Context(), i.dbs["desk"], func(tx *sqldb.Tx) error {
			return i.desk.Publish(t.Context(), tx, paper(agg, 2), newerNote{N: 2})
		}))
		i.publish(agg, 3, 3)
		i.eventually(func() bool { return len(i.held(agg)) == 2 }, "held")
		require.Equal(t, []string{"dead", "behind"}, i.held(agg))
		require.Equal(t, upTo(1), i.notes("clerk", agg))
	})
}

func TestAPanicParksItsEvent(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		bad, good := id.New(), id.New()
		i.start(i.noting("clerk", func(e event.Envelope, _ note) error {
			if e.Aggregate.ID == bad {
				panic("ouch")
			}
			return nil
		}))
		i.publish(bad, 1, 2)
		i.publish(good, 1, 1)
		i.eventually(func() bool { return i.effects("clerk") == 1 && len(i.held(bad)) == 2 }, "the process goes on")
		require.Equal(t, []string{"retry", "behind"}, i.held(bad))
		require.Equal(t, 1, i.count("clerk", "SELECT COUNT(*) FROM bus_held WHERE error LIKE '%ouch%'"))
	})
}

func TestTwoInstancesThatRetryOneSequenceRunEachOfItsEventsOnceInOrder(t *testing.T) {
	t.Parallel()
	s := newStore(t, dbtest.Only(t, sqldb.MySQL))
	s.first.close()
	var c clock
	var refuse atomic.Bool
	refuse.Store(true)
	may := func(_ event.Envelope, n note) error {
		if refuse.Load() && n.N == 1 {
			return errHandler
		}
		return nil
	}
	instances := []*instance{s.open(c.now), s.open(c.now), s.open(c.now)}
	first := instances[0]
	for _, i := range instances {
		i.start(i.noting("clerk", may))
	}
	const length = 20
	aggs := []id.UUID{id.New(), id.New(), id.New()}
	for _, agg := range aggs {
		first.publish(agg, 1, length)
	}
	first.eventually(func() bool { return first.outbox() == 0 }, "all held")
	require.Zero(t, first.effects("clerk"))
	refuse.Store(false)
	c.advance(time.Hour)
	for _, agg := range aggs {
		first.publish(agg, length+1, length+5) // while they are worked off
	}
	for _, agg := range aggs {
		first.eventually(func() bool { return len(first.notes("clerk", agg)) >= length+5 }, "worked off")
		require.Equal(t, upTo(length+5), first.notes("clerk", agg))
		require.Empty(t, first.held(agg))
	}
}

func TestTroubleAtOneHeldHeadKeepsNoOtherFromItsTurn(t *testing.T) {
	inBubble(t, func(t *testing.T, i *instance) {
		sick, well := id.New(), id.New()
		var refuse, busy atomic.Bool
		refuse.Store(true)
		i.start(i.noting("clerk", func(e event.Envelope, _ note) error {
			switch {
			case refuse.Load():
				return errHandler
			case e.Aggregate.ID == sick && busy.Load():
				return sqldb.ErrBusy
			}
			return nil
		}))
		i.publish(sick, 1, 1)
		later(0)
		i.publish(well, 1, 1) // and so its turn is after the sick one's
		later(0)
		require.Zero(t, i.effects("clerk"), "both are held")
		busy.Store(true)
		refuse.Store(false)
		later(5 * time.Second)
		require.Equal(t, upTo(1), i.notes("clerk", well))
		require.Equal(t, []string{"retry"}, i.held(sick))
		busy.Store(false)
		later(2 * time.Second)
		require.Equal(t, upTo(1), i.notes("clerk", sick), "trouble counted as no attempt")
	})
}
