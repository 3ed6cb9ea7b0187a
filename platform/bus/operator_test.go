package bus_test

import (
	"context"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/audit"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// secretNote is of a version that nobody handles, so that it is held as dead at once.
type secretNote struct {
	N     int64
	Token string `json:"token"`
}

func (secretNote) EventType() event.Type { return event.Type{Name: "desk.noted", Version: 2} }

func (i *instance) publishSecret(agg id.UUID, version int64) {
	i.t.Helper()
	require.NoError(i.t, sqldb.InTx(i.t.Context(), i.dbs["desk"], func(tx *sqldb.Tx) error {
		return i.desk.Publish(i.t.Context(), tx, paper(agg, version), secretNote{N: version, Token: "tok_of_somebody"})
	}))
}

// kill makes what the clerk would retry dead.
func (i *instance) kill() {
	i.t.Helper()
	i.exec("clerk", "UPDATE bus_held SET state = 'dead', attempts = 8 WHERE state = 'retry'")
}

// list is what the clerk holds.
func (i *instance) list(f bus.HeldFilter) []bus.Held {
	i.t.Helper()
	if f.Limit == 0 {
		f.Limit = 100
	}
	held, err := bus.ListHeld(i.t.Context(), i.dbs["clerk"], f)
	require.NoError(i.t, err)
	return held
}

func (i *instance) audit() []audit.Entry {
	i.t.Helper()
	entries, err := audit.List(i.t.Context(), i.dbs["clerk"], id.UUID{}, 100)
	require.NoError(i.t, err)
	return entries
}

func by(reason string) audit.By {
	return audit.By{Actor: "kim", At: time.Now(), Reason: reason}
}

// stuck is an instance whose clerk has a dead event 2 and two behind it, and a switch that mends the handler.
func stuck(t *testing.T, e dbtest.Engine) (i *instance, agg id.UUID, mended *atomic.Bool) {
	t.Helper()
	i, agg, mended = newStore(t, e).first, id.New(), new(atomic.Bool)
	i.start(i.noting("clerk", func(_ event.Envelope, n note) error {
		if n.N == 2 && !mended.Load() {
			return errHandler
		}
		return nil
	}))
	i.publish(agg, 1, 4)
	i.eventually(func() bool { return len(i.held(agg)) == 3 }, "held")
	i.kill()
	require.Equal(t, []string{"dead", "behind", "behind"}, i.held(agg))
	return i, agg, mended
}

func (i *instance) halt() {
	i.t.Helper()
	require.NoError(i.t, i.Stop(context.WithoutCancel(i.t.Context())))
}

func TestASequenceContinuesInOrderAfterItsDeadEventIsReplayed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i, agg, mended := stuck(t, e)
		mended.Store(true)
		head := i.list(bus.HeldFilter{State: "dead"})[0]
		n, err := bus.Replay(t.Context(), i.dbs["clerk"], head.ID, bus.ScopeEvent, by(""))
		require.NoError(t, err)
		require.Equal(t, int64(1), n)
		i.publish(agg, 5, 5)
		i.eventually(func() bool { return len(i.notes("clerk", agg)) == 5 }, "the sequence goes on")
		require.Equal(t, upTo(5), i.notes("clerk", agg))
		require.Empty(t, i.held(agg))
		entries := i.audit()
		require.Len(t, entries, 1)
		require.Equal(t, "kim", entries[0].Actor)
		require.Equal(t, "events.replay", entries[0].Action)
		require.Contains(t, entries[0].Target, head.Event.ID.String())
		require.Equal(t, int64(1), entries[0].Affected)
	})
}

func TestASequenceContinuesInOrderAfterItsDeadEventIsDiscarded(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i, agg, _ := stuck(t, e)
		head := i.list(bus.HeldFilter{State: "dead"})[0]
		require.ErrorIs(t, bus.Discard(t.Context(), i.dbs["clerk"], head.ID, by(" ")), audit.ErrReason)
		behind := i.list(bus.HeldFilter{State: "behind"})[0]
		require.ErrorIs(t, bus.Discard(t.Context(), i.dbs["clerk"], behind.ID, by("why not")), bus.ErrNotDiscardable)
		require.Empty(t, i.audit(), "nothing was decided")

		require.NoError(t, bus.Discard(t.Context(), i.dbs["clerk"], head.ID, by("entered twice")))
		i.publish(agg, 5, 5)
		i.eventually(func() bool { return len(i.notes("clerk", agg)) == 4 }, "the sequence goes on")
		require.Equal(t, []int64{1, 3, 4, 5}, i.notes("clerk", agg))
		require.Equal(t, []string{"archived"}, i.held(agg), "it stays")
		_, err := bus.Replay(t.Context(), i.dbs["clerk"], head.ID, bus.ScopeEvent, by(""))
		require.ErrorIs(t, err, bus.ErrNotDead, "those behind it have run")
		entries := i.audit()
		require.Len(t, entries, 1)
		require.Equal(t, "events.discard", entries[0].Action)
		require.Equal(t, "entered twice", entries[0].Reason)
	})
}

func TestOfOperatorsWhoReplayAtOnceOneWins(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i, agg, _ := stuck(t, e)
		i.halt()
		head := i.list(bus.HeldFilter{State: "dead"})[0]
		const operators = 8
		results := make([]error, operators)
		var all sync.WaitGroup
		for k := range operators {
			all.Go(func() {
				scope := []bus.Scope{bus.ScopeEvent, bus.ScopeSequence, bus.ScopeFingerprint}[k%3]
				_, results[k] = bus.Replay(t.Context(), i.dbs["clerk"], head.ID, scope, by(""))
			})
		}
		all.Wait()
		won := 0
		for _, err := range results {
			if err == nil {
				won++
				continue
			}
			require.ErrorIs(t, err, bus.ErrNotDead)
		}
		require.Equal(t, 1, won)
		require.Equal(t, []string{"retry", "behind", "behind"}, i.held(agg))
		again := i.list(bus.HeldFilter{State: "retry"})[0]
		require.Equal(t, 1, again.Replays)
		require.Zero(t, again.Attempts)
		require.Len(t, i.audit(), 1)
	})
}

func TestAReplayTakesWhatItsScopeNames(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		i.start(i.noting("clerk", func(event.Envelope, note) error { return errHandler }))
		first, second := id.New(), id.New()
		i.publishSecret(first, 1)
		i.publishSecret(first, 2)
		i.publishSecret(second, 1)
		i.publish(second, 2, 2)
		other := id.New()
		i.publish(other, 1, 1)
		i.eventually(func() bool { return len(i.list(bus.HeldFilter{})) == 5 }, "held")
		i.halt()
		i.kill()
		head := func(agg id.UUID) bus.Held {
			for _, h := range i.list(bus.HeldFilter{}) {
				if h.Event.Aggregate.ID == agg {
					return h
				}
			}
			require.FailNow(t, "nothing is held")
			return bus.Held{}
		}
		replay := func(h bus.Held, scope bus.Scope) int64 {
			n, err := bus.Replay(t.Context(), i.dbs["clerk"], h.ID, scope, by(""))
			require.NoError(t, err)
			return n
		}
		require.Equal(t, int64(2), replay(head(first), bus.ScopeSequence))
		require.Equal(t, []string{"retry", "retry"}, i.held(first))
		require.Equal(t, []string{"dead", "behind"}, i.held(second))
		i.kill()
		require.Equal(t, int64(3), replay(head(second), bus.ScopeFingerprint))
		require.Equal(t, []string{"retry", "behind"}, i.held(second))
		require.Equal(t, []string{"dead"}, i.held(other), "it failed in another way")
	})
}

func TestHeldEventsAreListedByPageAndFilterAndShownWithoutSecrets(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		i.start(i.noting("clerk", always))
		agg := id.New()
		for n := range int64(5) {
			i.publishSecret(agg, n+1)
		}
		i.eventually(func() bool { return len(i.held(agg)) == 5 }, "held")
		all := i.list(bus.HeldFilter{})
		require.Len(t, all, 5)
		page := i.list(bus.HeldFilter{Limit: 2, After: all[1].ID})
		require.Equal(t, all[2:4], page)
		require.Equal(t, int64(3), page[0].Event.Aggregate.Version)
		require.Nil(t, page[0].Event.Payload, "a list shows no payloads")
		for want, f := range map[int][]bus.HeldFilter{
			5: {{Consumer: "clerk"}, {State: "dead"}, {Type: "desk.noted"}, {Fingerprint: all[0].Fingerprint}},
			0: {{Consumer: "archivist"}, {State: "retry"}, {Type: "desk.opened"}, {Fingerprint: "00"}, {Fingerprint: "no hex"}},
		} {
			for _, f := range f {
				require.Len(t, i.list(f), want, f)
			}
		}

		shown, err := bus.ShowHeld(t.Context(), i.dbs["clerk"], all[0].ID)
		require.NoError(t, err)
		require.JSONEq(t, `{"N":1,"token":"(hidden)"}`, string(shown.Event.Payload))
		require.Equal(t, "desk", shown.Event.Source)
		require.Equal(t, 1, i.count("clerk", "SELECT COUNT(*) FROM bus_held WHERE id = ? AND INSTR(payload, ?) > 0", all[0].ID, []byte("tok_of_somebody")), "the handler will get it")
		_, err = bus.ShowHeld(t.Context(), i.dbs["clerk"], 4711)
		require.ErrorIs(t, err, bus.ErrHeldNotFound)
		_, err = bus.Replay(t.Context(), i.dbs["clerk"], 4711, bus.ScopeSequence, by(""))
		require.ErrorIs(t, err, bus.ErrHeldNotFound)
		require.ErrorIs(t, bus.Discard(t.Context(), i.dbs["clerk"], 4711, by("gone")), bus.ErrHeldNotFound)
	})
}

func TestTheStatusTellsWhatIsPendingAndWhoLags(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		i.start(i.noting("clerk", always), i.noting("archivist", func(event.Envelope, note) error { return errHandler }))
		begin := time.Now().Truncate(time.Microsecond)
		i.publish(id.New(), 1, 2)
		i.eventually(func() bool { return i.outbox() == 0 }, "taken or held")
		i.halt()
		i.publish(id.New(), 1, 600) // more than a page
		i.exec("clerk", "INSERT INTO bus_inbox (consumer, event_id) SELECT id, ? FROM bus_consumer", i.lastEvent())

		dbs := []*sqldb.DB{i.dbs["desk"], i.dbs["clerk"], i.dbs["archivist"]}
		s, err := bus.ReadStatus(t.Context(), dbs)
		require.NoError(t, err)
		require.Len(t, s.Schemas, 3)
		require.Equal(t, int64(600), s.Schemas[0].Depth)
		require.False(t, s.Schemas[0].Oldest.Before(begin), s.Schemas[0].Oldest)
		require.Equal(t, bus.SchemaStatus{Schema: "clerk"}, s.Schemas[1])
		require.Equal(t, []bus.ConsumerStatus{
			{Consumer: "archivist", Held: map[string]int64{"retry": 1, "behind": 1}, Lag: 600},
			{Consumer: "clerk", Held: map[string]int64{}, Lag: 599},
		}, s.Consumers)

		s, err = bus.ReadStatus(t.Context(), dbs[:2])
		require.NoError(t, err)
		require.Equal(t, bus.ConsumerStatus{Consumer: "archivist", Unreachable: true}, s.Consumers[0], "its schema is elsewhere")
	})
}

func TestWithoutItsAuditEntryNothingIsDecided(t *testing.T) {
	t.Parallel()
	i, agg, _ := stuck(t, dbtest.Only(t, sqldb.SQLite))
	i.exec("clerk", "DROP TABLE bus_audit")
	head := i.list(bus.HeldFilter{State: "dead"})[0]
	_, err := bus.Replay(t.Context(), i.dbs["clerk"], head.ID, bus.ScopeEvent, by(""))
	require.ErrorContains(t, err, "bus_audit")
	require.ErrorContains(t, bus.Discard(t.Context(), i.dbs["clerk"], head.ID, by("entered twice")), "bus_audit")
	require.Equal(t, []string{"dead", "behind", "behind"}, i.held(agg))
}

func TestASchemaThatCantBeReachedHidesNoOther(t *testing.T) {
	t.Parallel()
	e := dbtest.Only(t, sqldb.MySQL)
	i := newStore(t, e).first
	i.start(i.noting("clerk", always))
	i.halt()
	i.publish(id.New(), 1, 1)
	url, cut := cable(t, e.MigratedURL(t, "clerk"))
	location, err := sqldb.ParseLocation(url)
	require.NoError(t, err)
	away, err := sqldb.Open(t.Context(), location, "clerk", sqldb.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, away.Close()) })
	cut()
	s, err := bus.ReadStatus(t.Context(), []*sqldb.DB{away, i.dbs["desk"]})
	require.NoError(t, err)
	require.Equal(t, bus.SchemaStatus{Schema: "clerk", Unreachable: true}, s.Schemas[0])
	require.Equal(t, int64(1), s.Schemas[1].Depth)
	require.Equal(t, []bus.ConsumerStatus{{Consumer: "clerk", Unreachable: true}}, s.Consumers)
}

// cable puts a cable before the server of a store; cut ends all connections and lets none through.
func cable(t *testing.T, store string) (through string, cut func()) {
	t.Helper()
	server := regexp.MustCompile(`@([^/]+)/`).FindStringSubmatch(store)[1]
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var mu sync.Mutex
	ends := []io.Closer{listener}
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := new(net.Dialer).DialContext(context.WithoutCancel(t.Context()), "tcp", server)
			if err != nil {
				_ = near.Close()
				return
			}
			mu.Lock()
			ends = append(ends, near, far)
			mu.Unlock()
			go func() { _, _ = io.Copy(far, near) }()
			go func() { _, _ = io.Copy(near, far) }()
		}
	}()
	return strings.Replace(store, server, listener.Addr().String(), 1), func() {
		mu.Lock()
		defer mu.Unlock()
		for _, end := range ends {
			_ = end.Close()
		}
	}
}

// lastEvent is the event that was stated last.
func (i *instance) lastEvent() id.UUID {
	i.t.Helper()
	var last id.UUID
	require.NoError(i.t, i.dbs["desk"].Get(i.t.Context(), &last, "SELECT event_id FROM bus_outbox ORDER BY pos DESC LIMIT 1"))
	return last
}
