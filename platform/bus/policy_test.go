package bus_test

import (
	"context"
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

func skipping(sub bus.Subscription) bus.Subscription {
	sub.Policy = bus.Skip
	return sub
}

func TestAConsumerThatSkipsGoesOnWithoutADeadEventWhichStaysAndCanBeReplayed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newStore(t, e)
		i := s.first
		agg := id.New()
		i.start(skipping(i.noting("clerk", always)))
		i.publish(agg, 1, 1)
		i.publishNewer(agg, 2)
		i.publish(agg, 3, 4)
		i.eventually(func() bool { return i.outbox() == 0 && i.effects("clerk") == 3 }, "the others")
		require.Equal(t, []int64{1, 3, 4}, i.notes("clerk", agg))
		require.Equal(t, []string{"dead"}, i.held(agg))

		i.close()
		newer := s.open(time.Now)
		newer.start(skipping(newer.notingBoth("clerk", always)))
		dead := newer.list(bus.HeldFilter{State: "dead"})
		require.Len(t, dead, 1)
		_, err := bus.Replay(t.Context(), newer.dbs["clerk"], dead[0].ID, bus.ScopeEvent, by(""))
		require.NoError(t, err)
		newer.eventually(func() bool { return newer.effects("clerk") == 4 }, "replayed")
		require.Equal(t, []int64{1, 3, 4, 2}, newer.notes("clerk", agg))
		require.Empty(t, newer.held(agg))
	})
}

func TestAnEventThatIsToBeRetriedHoldsUpItsAggregateAlsoWhereDeadOnesAreSkipped(t *testing.T) {
	inBubble(t, func(t *testing.T, i *instance) {
		agg := id.New()
		var runs atomic.Int32
		i.start(skipping(i.noting("clerk", func(_ event.Envelope, n note) error {
			if n.N == 1 {
				runs.Add(1)
				return errHandler
			}
			return nil
		})))
		i.publish(agg, 1, 2)
		later(2 * time.Minute)
		i.publish(agg, 3, 3)
		later(0)
		require.Equal(t, []string{"retry", "behind", "behind"}, i.held(agg))
		later(20 * time.Second)
		require.Equal(t, int32(8), runs.Load())
		require.Equal(t, []string{"dead"}, i.held(agg))
		require.Equal(t, []int64{2, 3}, i.notes("clerk", agg))
		i.publish(agg, 4, 4)
		later(0)
		require.Equal(t, []int64{2, 3, 4}, i.notes("clerk", agg), "at once")
	})
}

func TestASetPassesADeadEventWhereDeadOnesAreSkippedAndNowhereElse(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		agg := id.New()
		sub := i.notingSets("clerk", always)
		i.start(sub)
		i.publishNewer(agg, 1)
		i.eventually(func() bool { return len(i.held(agg)) == 1 && i.outbox() == 0 }, "held")
		i.halt()
		i.publish(agg, 2, 2)
		i.publish(id.New(), 1, 1)

		require.Error(t, bus.DeliverSet(t.Context(), sub, i.pending()))
		require.Zero(t, i.effects("clerk"))
		require.NoError(t, bus.DeliverSet(t.Context(), skipping(sub), i.pending()))
		require.Equal(t, 2, i.effects("clerk"))
	})
}

// publishNewer states a note of a version that noting does not know.
func (i *instance) publishNewer(agg id.UUID, n int64) {
	i.t.Helper()
	require.NoError(i.t, sqldb.InTx(i.t.Context(), i.dbs["desk"], func(tx *sqldb.Tx) error {
		return i.desk.Publish(i.t.Context(), tx, paper(agg, n), newerNote{N: n})
	}))
}

// notingBoth is noting that knows the newer version, too.
func (i *instance) notingBoth(consumer string, may func(e event.Envelope, n note) error) bus.Subscription {
	sub := i.noting(consumer, may)
	sub.Handlers = append(sub.Handlers, bus.On(func(ctx context.Context, tx *sqldb.Tx, e event.Envelope, n newerNote) error {
		var place int64
		if err := tx.Get(ctx, &place, countPlace, e.Aggregate.ID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, insertEffect, e.Aggregate.ID, n.N, place)
		return err
	}))
	return sub
}
