package bus_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// An event that an operator gave up is history: its row stays, and costs nothing more.
func TestAnIdleShopAsksItsDatabasesSeldom(t *testing.T) {
	inBubble(t, func(t *testing.T, i *instance) {
		i.start(bus.Subscription{Consumer: "clerk", Schema: i.dbs["clerk"], Handlers: []bus.Handler{
			bus.On(func(context.Context, *sqldb.Tx, event.Envelope, note) error { return errHandler }),
		}})
		agg := id.New()
		i.publish(agg, 1, 1)
		later(0)
		require.NoError(t, bus.Discard(t.Context(), i.dbs["clerk"], i.list(bus.HeldFilter{})[0].ID, by("a mistake")))
		later(2 * time.Minute)
		require.Equal(t, []string{"archived"}, i.held(agg))

		before := map[string]int64{}
		for name, db := range i.dbs {
			before[name] = db.Stats().Statements.Load()
		}
		later(time.Minute)
		for name, most := range map[string]int64{"desk": 75, "clerk": 30} {
			n := i.dbs[name].Stats().Statements.Load() - before[name]
			require.LessOrEqual(t, n, most, "statements on %s in a minute", name)
		}
	})
}
