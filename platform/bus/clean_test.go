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
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const day = 24 * time.Hour

// aged is an instance whose clock a test moves.
func aged(t *testing.T, e dbtest.Engine) (*store, *instance, *clock) {
	t.Helper()
	s := newStore(t, e)
	s.first.close()
	c := new(clock)
	return s, s.open(c.now), c
}

// cleans lets time pass, and then two passes of the cleaner.
func (i *instance) cleans(c *clock, after time.Duration) {
	i.t.Helper()
	c.advance(after)
	for range 2 {
		require.NoError(i.t, i.CleanInboxes(i.t.Context()))
		c.advance(time.Hour)
	}
}

func (i *instance) remembered(consumer string) int {
	return i.count(consumer, "SELECT COUNT(*) FROM bus_inbox")
}

func TestAnInboxForgetsAnEventAfterThirtyDaysAndNotBefore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		_, i, c := aged(t, e)
		const many = 2100 // more than two batches
		i.aboutMany(many)
		pending, err := bus.Pending(t.Context(), i.dbs["desk"])
		require.NoError(t, err)
		sub := i.notingSets("clerk", always)
		i.start(sub, i.notingSets("archivist", always))
		i.eventually(func() bool { return i.outbox() == 0 }, "taken")

		i.cleans(c, 29*day)
		require.Equal(t, many, i.remembered("clerk"))
		require.NoError(t, bus.Deliver(t.Context(), sub, pending[0]), "a broker may deliver so late")
		require.Equal(t, many, i.effects("clerk"), "doubled")

		i.cleans(c, day)
		require.Zero(t, i.remembered("clerk"))
		require.Zero(t, i.remembered("archivist"))
	})
}

func TestAnInboxRemembersWhatIsStillPending(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s, i, c := aged(t, e)
		old, agg := id.New(), id.New()
		var away atomic.Bool
		archive := func(e event.Envelope, _ note) error {
			if away.Load() && e.Aggregate.ID == agg {
				return sqldb.ErrBusy
			}
			return nil
		}
		away.Store(true)
		i.start(i.noting("clerk", always), i.noting("archivist", archive))
		i.publish(old, 1, 5)
		i.eventually(func() bool { return i.outbox() == 0 }, "taken by both")
		i.publish(agg, 1, 5)
		i.eventually(func() bool { return i.effects("clerk") == 10 }, "taken by the clerk")

		i.cleans(c, 31*day)
		require.Equal(t, 5, i.remembered("clerk"), "what is pending, and no more")
		i.close()
		away.Store(false)
		again := s.open(c.now)
		again.start(again.noting("clerk", always), again.noting("archivist", archive))
		again.eventually(func() bool { return again.outbox() == 0 }, "delivered again")
		require.Equal(t, 10, again.effects("clerk"), "doubled")
		require.Equal(t, 10, again.effects("archivist"))
	})
}

// An instance that has read an event and was held up meets what another one has done meanwhile.
func TestAnInboxRemembersForAnotherHourWhatWasPendingForLong(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		_, i, c := aged(t, e)
		var away atomic.Bool
		away.Store(true)
		i.start(i.noting("clerk", func(event.Envelope, note) error {
			if away.Load() {
				return sqldb.ErrBusy
			}
			return nil
		}))
		i.publish(id.New(), 1, 3)
		i.cleans(c, 31*day)
		away.Store(false)
		i.eventually(func() bool { return i.outbox() == 0 }, "taken after a month")

		require.NoError(t, i.CleanInboxes(t.Context()))
		require.Equal(t, 3, i.remembered("clerk"))
		c.advance(59 * time.Minute)
		require.NoError(t, i.CleanInboxes(t.Context()))
		require.Equal(t, 3, i.remembered("clerk"))
		c.advance(time.Minute)
		require.NoError(t, i.CleanInboxes(t.Context()))
		require.Zero(t, i.remembered("clerk"))
	})
}

func TestAnInboxRemembersWhatIsHeld(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		_, i, c := aged(t, e)
		bad, good := id.New(), id.New()
		i.publish(bad, 1, 2)
		i.publish(good, 1, 2)
		pending, err := bus.Pending(t.Context(), i.dbs["desk"])
		require.NoError(t, err)
		sub := i.noting("clerk", func(e event.Envelope, _ note) error {
			if e.Aggregate.ID == bad {
				return errHandler
			}
			return nil
		})
		i.start(sub)
		i.eventually(func() bool { return i.outbox() == 0 }, "taken or held")

		i.cleans(c, 31*day)
		require.Equal(t, 2, i.remembered("clerk"))
		require.NoError(t, bus.Deliver(t.Context(), sub, pending[0]))
		require.Len(t, i.held(bad), 2)
	})
}

// remote is an event of a module that is not in this process.
type remote struct{}

func (remote) EventType() event.Type { return event.Type{Name: "attic.noted", Version: 1} }

func TestAnInboxIsLeftAloneWhenAPublisherIsElsewhere(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		_, i, c := aged(t, e)
		sub := i.noting("clerk", always)
		sub.Handlers = append(sub.Handlers, bus.On(func(context.Context, *sqldb.Tx, event.Envelope, remote) error { return nil }))
		attic := module.Manifest{Name: "attic", Publishes: []event.Definition{event.Define(remote{})}}
		clerk := module.Manifest{Name: "clerk", Listens: []string{"desk.noted", "attic.noted"}}
		require.NoError(t, i.Start(t.Context(), []module.Manifest{desk(), attic, clerk}, []bus.Subscription{sub}))
		i.publish(id.New(), 1, 3)
		i.eventually(func() bool { return i.outbox() == 0 }, "taken")

		i.cleans(c, 31*day)
		require.Equal(t, 3, i.remembered("clerk"))
	})
}

func TestARunningBusCleansItsInboxes(t *testing.T) {
	inBubble(t, func(t *testing.T, i *instance) {
		i.start(i.noting("clerk", always))
		i.publish(id.New(), 1, 3)
		later(time.Second)
		require.Equal(t, 3, i.remembered("clerk"))
		i.exec("clerk", "UPDATE bus_inbox SET event_id = CAST(x'00000000' || substr(event_id, 5) AS BLOB)") // as if of 1970
		later(3 * time.Hour)
		require.Zero(t, i.remembered("clerk"))
	})
}
