package bus_test

import (
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

// The older program knows the clerk alone, and the first version of a note. The newer one knows both
// versions, and the archivist.

func (i *instance) startOlder() { i.start(i.noting("clerk", always)) }

// startNewer has an archivist who works when the switch is on.
func (i *instance) startNewer(works *atomic.Bool) {
	i.start(i.notingBoth("clerk", always), i.notingBoth("archivist", func(event.Envelope, note) error {
		if !works.Load() {
			return sqldb.ErrBusy
		}
		return nil
	}))
}

func TestWhileTwoVersionsRunTheNewConsumerLosesNothingSinceItIsRegistered(t *testing.T) {
	t.Parallel()
	s := newStore(t, dbtest.Only(t, sqldb.MySQL))
	older, newer := s.first, s.open(time.Now)
	papers := older.papers(8)
	older.startOlder()
	older.publishAtOnce(papers, 4, 10)
	older.eventually(func() bool { return older.outbox() == 0 }, "nobody else hears of these")

	var works atomic.Bool
	var flow sync.WaitGroup
	flow.Go(func() { older.publishAtOnce(papers, 4, 30) }) // also while the newer one starts
	newer.startNewer(&works)
	since := newer.versions(papers)
	flow.Go(func() { older.publishAtOnce(papers, 4, 30) })
	flow.Go(func() { newer.publishAtOnce(papers, 4, 30) })
	flow.Wait()
	total := 4*10 + 3*4*30
	newer.eventually(func() bool { return newer.effects("clerk") == total }, "the clerks are done")

	kept := 0
	for k, last := range newer.versions(papers) {
		kept += int(last - since[k])
	}
	require.Positive(t, kept)
	// The older one deletes four times a second what it is done with.
	require.Never(t, func() bool { return newer.outbox() < kept }, 2*time.Second, 50*time.Millisecond, "kept for the archivist")
	works.Store(true)
	newer.eventually(func() bool { return newer.outbox() == 0 }, "the archivist is done")
	for k, last := range newer.versions(papers) {
		require.Equal(t, upTo(last), newer.notes("clerk", papers[k]))
		filed := newer.notes("archivist", papers[k])
		require.GreaterOrEqual(t, int64(len(filed)), last-since[k], "lost")
		require.Equal(t, upTo(last)[last-int64(len(filed)):], filed, "its notes are the last ones, in order")
	}
}

// versions are those that the papers have: all their events up to these were committed.
func (i *instance) versions(papers []id.UUID) []int64 {
	i.t.Helper()
	versions := make([]int64, len(papers))
	for k, agg := range papers {
		require.NoError(i.t, i.dbs["desk"].Get(i.t.Context(), &versions[k], "SELECT version FROM paper WHERE id = ?", agg))
	}
	return versions
}

func TestWhileTwoVersionsRunAnEventThatOnlyTheNewerKnowsIsHeldOrTakenAndNeverLost(t *testing.T) {
	t.Parallel()
	s := newStore(t, dbtest.Only(t, sqldb.MySQL))
	older, newer := s.first, s.open(time.Now)
	var works atomic.Bool
	works.Store(true)
	older.startOlder()
	newer.startNewer(&works)
	aggs := make([]id.UUID, 30)
	for k := range aggs {
		aggs[k] = id.New()
		older.publish(aggs[k], 1, 1)
		newer.publishNewer(aggs[k], 2)
		older.publish(aggs[k], 3, 4)
	}
	newer.eventually(func() bool { return newer.outbox() == 0 }, "taken or held")
	older.close()
	newer.replayDead()
	for _, agg := range aggs {
		newer.eventually(func() bool { return len(newer.notes("clerk", agg)) == 4 }, "replayed")
		require.Equal(t, upTo(4), newer.notes("clerk", agg))
		require.Equal(t, upTo(4), newer.notes("archivist", agg))
		require.Empty(t, newer.held(agg))
	}
}

// replayDead replays what the clerk holds as dead.
func (i *instance) replayDead() {
	i.t.Helper()
	for _, h := range i.list(bus.HeldFilter{State: "dead"}) {
		_, err := bus.Replay(i.t.Context(), i.dbs["clerk"], h.ID, bus.ScopeEvent, by(""))
		require.NoError(i.t, err)
	}
}

func TestAnEventThatOnlyTheNewerVersionKnowsWaitsForItInItsPlace(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newStore(t, e)
		older, agg := s.first, id.New()
		older.startOlder()
		older.publish(agg, 1, 1)
		older.publishNewer(agg, 2)
		older.publish(agg, 3, 3)
		older.eventually(func() bool { return older.outbox() == 0 }, "taken or held")
		require.Equal(t, []string{"dead", "behind"}, older.held(agg))
		older.close()

		newer := s.open(time.Now)
		var works atomic.Bool
		works.Store(true)
		newer.startNewer(&works)
		newer.publish(agg, 4, 4)
		newer.replayDead()
		newer.eventually(func() bool { return len(newer.notes("clerk", agg)) == 4 }, "replayed")
		require.Equal(t, upTo(4), newer.notes("clerk", agg))
		require.Equal(t, []int64{4}, newer.notes("archivist", agg), "it is registered since then")
	})
}

func TestGoingBackToTheOlderVersionKeepsWhatTheNewConsumerShallHear(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newStore(t, e)
		agg := id.New()
		var works atomic.Bool
		works.Store(true)
		newer := s.first
		newer.startNewer(&works)
		newer.publish(agg, 1, 1)
		newer.eventually(func() bool { return newer.outbox() == 0 }, "taken")
		newer.close()

		older := s.open(time.Now)
		older.startOlder()
		older.publish(agg, 2, 5)
		older.eventually(func() bool { return older.effects("clerk") == 5 }, "the clerk goes on")
		older.close() // which deletes what it may
		newer = s.open(time.Now)
		require.Equal(t, 4, newer.outbox(), "kept for the archivist")
		newer.startNewer(&works)
		newer.eventually(func() bool { return newer.outbox() == 0 }, "taken")
		require.Equal(t, upTo(5), newer.notes("archivist", agg))
		require.Equal(t, upTo(5), newer.notes("clerk", agg))
	})
}
