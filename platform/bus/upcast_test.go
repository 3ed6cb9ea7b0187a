package bus_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// The desk's note in its later versions; the third reads the two before it.
type (
	longNote struct{ Number int64 }
	bigNote  struct {
		Number, Pages int64
	}
	nextNote struct{ Seal string }
)

func noted(version int) event.Type { return event.Type{Name: "desk.noted", Version: version} }

func (longNote) EventType() event.Type { return noted(2) }
func (bigNote) EventType() event.Type  { return noted(3) }
func (nextNote) EventType() event.Type { return noted(4) }

func (bigNote) Upcasters() []event.Upcaster {
	return []event.Upcaster{
		event.Upcast(func(old note) (longNote, error) {
			if old.N < 0 {
				return longNote{}, errHandler
			}
			return longNote{Number: old.N}, nil
		}),
		event.Upcast(func(old longNote) (bigNote, error) { return bigNote{Number: old.Number, Pages: 1}, nil }),
	}
}

// upcasting is a consumer that knows the third version alone.
func (i *instance) upcasting() bus.Subscription {
	return bus.Subscription{Consumer: "clerk", Schema: i.dbs["clerk"], Handlers: []bus.Handler{
		bus.On(func(ctx context.Context, tx *sqldb.Tx, e event.Envelope, n bigNote) error {
			_, err := tx.Exec(ctx, insertEffect, e.Aggregate.ID, 10*n.Number+n.Pages, e.Aggregate.Version)
			return err
		}),
	}}
}

// state publishes facts about one aggregate, each in a version of its own.
func (i *instance) state(agg id.UUID, facts ...event.Event) {
	i.t.Helper()
	require.NoError(i.t, sqldb.InTx(i.t.Context(), i.dbs["desk"], func(tx *sqldb.Tx) error {
		for k, fact := range facts {
			if err := i.desk.Publish(i.t.Context(), tx, paper(agg, int64(k+1)), fact); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestAHandlerReadsEventsOfOlderVersions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		agg := id.New()
		i.state(agg, note{N: 1}, longNote{Number: 2}, bigNote{Number: 3, Pages: 9})
		for k, event := range pending(t, i.dbs["desk"]) {
			require.Equal(t, noted(k+1), event.Type)
			require.NoError(t, bus.Deliver(t.Context(), i.upcasting(), event))
			require.NoError(t, bus.Deliver(t.Context(), i.upcasting(), event), "once")
		}
		require.Equal(t, []int64{11, 21, 39}, i.numbers(agg))
	})
}

func (i *instance) numbers(agg id.UUID) []int64 {
	i.t.Helper()
	var numbers []int64
	require.NoError(i.t, i.dbs["clerk"].Select(i.t.Context(), &numbers, "SELECT n FROM effect WHERE agg = ? ORDER BY place", agg))
	return numbers
}

func TestTheDispatcherDeliversOlderVersionsAndHoldsNewerOnesAsDead(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		old, newer, spoilt := id.New(), id.New(), id.New()
		i.start(i.upcasting())
		i.state(old, note{N: 1}, longNote{Number: 2})
		i.state(newer, note{N: 3}, nextNote{Seal: "red"}, bigNote{Number: 4})
		i.state(spoilt, note{N: -1})
		i.eventually(func() bool {
			return i.effects("clerk") == 3 && len(i.held(newer)) == 2 && len(i.held(spoilt)) == 1
		}, "all taken or held")
		require.Equal(t, []int64{11, 21}, i.numbers(old))
		require.Equal(t, []string{"dead", "behind"}, i.held(newer))
		require.Equal(t, []string{"retry"}, i.held(spoilt), "an upcaster's error is the handler's")
	})
}

func TestAConsumerHasOneHandlerForAVersionUpcastersIncluded(t *testing.T) {
	t.Parallel()
	i := newStore(t, dbtest.Only(t, sqldb.SQLite)).first
	sub := i.upcasting()
	sub.Handlers = append(sub.Handlers, i.noting("clerk", always).Handlers...)
	require.ErrorContains(t, bus.Deliver(t.Context(), sub, event.Envelope{}), "two handlers for desk.noted v1")
}
