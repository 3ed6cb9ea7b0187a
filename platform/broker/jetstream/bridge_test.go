package jetstream_test

import (
	"context"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/broker/jetstream"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/bus/simulation"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestModulesInDifferentProcessesHearEachOther(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		sheets := s.sheets(10)
		desk := s.host("desk").start()
		s.host("clerk").start()
		s.host("archivist").start()
		desk.notes(20, sheets...)
		s.settled(200)
	})
}

func TestStartRefusesWhatWouldReachNobody(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		err := s.host("desk").startWith(nil)
		require.ErrorIs(t, err, bus.ErrNoBroker)
		require.ErrorContains(t, err, "clerk listens to desk (desk.noted), and clerk is not in this process")
		require.ErrorContains(t, err, "desk listens to clerk (clerk.filed), and clerk is not in this process")
		require.ErrorContains(t, err, "BANYAN_BROKER")
		require.NotContains(t, err.Error(), "archivist listens to clerk")
	})
}

func TestTwoInstancesOfEachTakeEverythingOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		sheets := s.sheets(10)
		var desks []*process
		for range 2 {
			desks = append(desks, s.host("desk").start())
			s.host("clerk", "archivist").start()
		}
		for range 20 {
			for _, desk := range desks {
				desk.notes(1, sheets...)
			}
		}
		s.settled(400)
	})
}

func TestEventsWaitInTheOutboxWhileTheBrokerIsAwayAndGoOnByThemselves(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		sheets := s.sheets(10)
		desk := s.host("desk").start()
		s.host("clerk").start()
		s.host("archivist").start()
		desk.notes(5, sheets...)
		s.nats.stop()
		desk.notes(5, sheets...)
		require.GreaterOrEqual(t, s.outbox("desk"), 50)
		s.nats.start()
		desk.notes(5, sheets...)
		s.settled(150)
	})
}

func TestAConsumerThatWasAwayCatchesUp(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		sheets := s.sheets(10)
		desk := s.host("desk").start()
		clerk := s.host("clerk").start()
		archivist := s.host("archivist").start()
		desk.notes(5, sheets...)
		s.settled(50)
		archivist.stop()
		desk.notes(5, sheets...)
		s.arrived(100, "clerk", "desk")
		s.eventually(func() bool { return s.outbox("desk") == 0 }, "the broker has them")
		clerk.stop()
		desk.notes(5, sheets...)
		s.host("archivist").start()
		s.host("clerk").start()
		s.settled(150)
	})
}

func TestAnEventThatFailsIsHeldAtItsConsumerAndNobodyElseWaits(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		sheets := s.sheets(10)
		var mended atomic.Bool
		trouble := func(consumer string, e event.Envelope) error {
			if !mended.Load() && consumer == "archivist" && e.Type.Name == "desk.noted" && e.Aggregate.ID == sheets[0] {
				return errHandler
			}
			return nil
		}
		s.trouble.Store(&trouble)
		desk := s.host("desk").start()
		s.host("clerk").start()
		s.host("archivist").start()
		desk.notes(4, sheets...)
		s.arrived(40, "desk", "clerk")
		s.eventually(func() bool { return s.effects("archivist") == 80-4 }, "the others")
		s.eventually(func() bool { return s.count("archivist", "SELECT COUNT(*) FROM bus_held") == 4 }, "held, and those behind it")
		require.NoError(t, simulation.Always(s.evidence()))
		mended.Store(true)
		s.exec("archivist", "UPDATE bus_held SET next_at = 0")
		s.settled(40)
	})
}

func TestEventsOfTwoPublishersAreDoubledNowhere(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.Only(t, sqldb.MySQL))
	sheets := s.sheets(20)
	s.exec("desk", "INSERT INTO bus_subscription (type, consumer) VALUES ('desk.noted', 'elsewhere')") // rows stay
	desks := []*process{s.host("desk").start(), s.host("desk").start()}
	desks[0].notes(20, sheets...)
	s.host("clerk", "archivist").start()
	handed := func() (n float64) {
		for _, desk := range desks {
			n += published(t, desk, "known") + published(t, desk, "stored")
		}
		return n
	}
	s.eventually(func() bool { return handed() >= 800 }, "both publish all")
	require.EqualValues(t, 400, s.stream("BANYAN_desk").State.Msgs, "the broker knows them by their IDs")
	s.exec("desk", "DELETE FROM bus_subscription WHERE consumer = 'elsewhere'")
	s.arrived(400, names()...)
	require.NoError(t, simulation.Always(s.evidence()))
}

func published(t *testing.T, p *process, result string) float64 {
	t.Helper()
	return counter(t, p, "banyan_broker_published_total", result)
}

func delivered(t *testing.T, p *process, times string) float64 {
	t.Helper()
	return counter(t, p, "banyan_broker_delivered_total", times)
}

// counter is the sum of a process's counters that have a label of this value.
func counter(t *testing.T, p *process, name, value string) float64 {
	t.Helper()
	families, err := p.metrics.Gather()
	require.NoError(t, err)
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetValue() == value {
					sum += m.GetCounter().GetValue()
				}
			}
		}
	}
	return sum
}

func (s *shop) manage() natsjs.JetStream {
	s.t.Helper()
	nc, err := nats.Connect(s.nats.url())
	require.NoError(s.t, err)
	s.t.Cleanup(nc.Close)
	js, err := natsjs.New(nc)
	require.NoError(s.t, err)
	return js
}

func (s *shop) stream(name string) *natsjs.StreamInfo {
	s.t.Helper()
	stream, err := s.manage().Stream(s.t.Context(), name)
	require.NoError(s.t, err)
	return stream.CachedInfo()
}

func TestWhatABrokerHasLostIsPublishedAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.keep = 10 * time.Minute
		sheets := s.sheets(10)
		desk := s.host("desk").start()
		desk.notes(5, sheets...) // nobody has taken them yet
		s.eventually(func() bool { return s.outbox("desk") == 0 }, "confirmed")
		require.Equal(t, 50, s.count("desk", "SELECT COUNT(*) FROM bus_bridged"))
		s.nats.stop()
		s.nats.wipe()
		desk.notes(5, sheets...)
		s.nats.start()
		s.host("clerk", "archivist").start()
		s.settled(100)
	})
}

func TestWhatABrokerHasLostAtItsEndIsPublishedAgain(t *testing.T) {
	t.Parallel()
	for name, listen := range map[string]bool{"nobody had it": false, "everybody had it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, dbtest.Only(t, sqldb.SQLite))
			s.keep = 10 * time.Minute
			sheets := s.sheets(10)
			desk := s.host("desk").start()
			if listen {
				s.host("clerk", "archivist").start()
			}
			noteAndStop := func() {
				desk.notes(5, sheets...)
				s.eventually(func() bool { return s.outbox("desk") == 0 }, "confirmed")
				s.nats.stop()
			}
			noteAndStop()
			earlier := t.TempDir()
			require.NoError(t, os.CopyFS(earlier, os.DirFS(s.nats.dir)))
			s.nats.start()
			noteAndStop()
			s.nats.wipe()
			require.NoError(t, os.CopyFS(s.nats.dir, os.DirFS(earlier)))
			s.nats.start()
			desk.notes(5, sheets...)
			if !listen {
				s.host("clerk", "archivist").start()
			}
			s.settled(150)
		})
	}
}

func TestAStreamThatIsDeletedUnderARunningPublisherIsMadeAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.Only(t, sqldb.SQLite))
	s.keep = 10 * time.Minute
	sheets := s.sheets(10)
	desk := s.host("desk").start()
	desk.notes(5, sheets...)
	s.eventually(func() bool { return s.outbox("desk") == 0 }, "confirmed")
	require.NoError(t, s.manage().DeleteStream(t.Context(), "BANYAN_desk"))
	desk.notes(5, sheets...)
	s.host("clerk", "archivist").start()
	s.settled(100)
}

func TestRowsAreKeptForAWhileAndThenDeleted(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.Only(t, sqldb.SQLite))
	s.keep = time.Second
	sheets := s.sheets(10)
	desk := s.host("desk").start()
	desk.notes(5, sheets...)
	s.eventually(func() bool { return s.outbox("desk") == 0 }, "confirmed")
	s.eventually(func() bool { return s.count("desk", "SELECT COUNT(*) FROM bus_bridged") == 0 }, "deleted")
}

func TestAFullStreamRefusesAndNothingIsDropped(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.Only(t, sqldb.SQLite))
	sheets := s.sheets(10)
	desk := s.host("desk")
	config := desk.config()
	config.MaxBytes = 10_000
	broker, err := jetstream.New(config)
	require.NoError(t, err)
	require.NoError(t, desk.startWith(broker))
	desk.notes(20, sheets...)
	s.eventually(func() bool { return published(t, desk, "refused") > 0 }, "full")
	require.Positive(t, s.outbox("desk"))
	js := s.manage()
	for _, name := range []string{"BANYAN_desk", "BANYAN_clerk"} {
		roomy := s.stream(name).Config
		roomy.MaxBytes = -1
		_, err = js.UpdateStream(t.Context(), roomy)
		require.NoError(t, err)
	}
	s.host("clerk", "archivist").start()
	s.settled(200)
}

func TestAnotherNumberOfPartitionsIsRefused(t *testing.T) {
	t.Parallel()
	n := newNATS(t, false)
	open := func(partitions int) error {
		b, err := jetstream.New(jetstream.Config{URL: n.url(), Partitions: partitions, Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry()})
		require.NoError(t, err)
		o, err := b.Open(t.Context(), "desk")
		if err == nil {
			o.Close()
		}
		return err
	}
	require.NoError(t, open(0))
	require.NoError(t, open(64))
	err := open(32)
	require.ErrorIs(t, err, jetstream.ErrUnfit)
	require.ErrorContains(t, err, `stream BANYAN_desk has "64" partitions, this process wants 32`)
	require.ErrorContains(t, err, "nats stream rm BANYAN_desk")

	other, err := jetstream.New(jetstream.Config{URL: n.url(), Partitions: 32, Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry()})
	require.NoError(t, err)
	require.ErrorIs(t, other.Check(t.Context(), []string{"clerk", "desk"}), jetstream.ErrUnfit)
	require.NoError(t, other.Check(t.Context(), []string{"clerk"}), "nothing is there yet")
	n.stop()
	require.NoError(t, other.Check(t.Context(), []string{"desk"}), "nobody can be asked")
}

func TestAnEventThatIsRefusedKeepsNoOtherWaiting(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.Only(t, sqldb.SQLite))
	sheets := s.sheets(10)
	s.host("clerk", "archivist").start()
	desk := s.host("desk")
	broker, err := jetstream.New(desk.config())
	require.NoError(t, err)
	require.NoError(t, desk.startWith(&fastidious{Broker: broker, about: sheets[0]}))
	desk.notes(5, sheets...)
	s.eventually(func() bool { return s.effects("clerk") == 45 }, "the others")
	s.eventually(func() bool { return s.outbox("desk") == 5 }, "rows of what was taken are deleted")
	require.Zero(t, s.count("clerk", "SELECT COUNT(*) FROM effect WHERE agg_id = ?", sheets[0]))
}

// fastidious is a broker that takes nothing about one aggregate.
type fastidious struct {
	bus.Broker

	about id.UUID
}

type fastidiousOutlet struct {
	bus.Outlet

	about id.UUID
}

func (f *fastidious) Open(ctx context.Context, publisher string) (bus.Outlet, error) {
	o, err := f.Broker.Open(ctx, publisher)
	return fastidiousOutlet{o, f.about}, err
}

func (f fastidiousOutlet) Publish(ctx context.Context, batch []event.Envelope) []bus.Receipt {
	receipts := make([]bus.Receipt, len(batch))
	for i, e := range batch {
		if e.Aggregate.ID == f.about {
			receipts[i].Err = errHandler
			continue
		}
		receipts[i] = f.Outlet.Publish(ctx, batch[i:i+1])[0]
	}
	return receipts
}

func TestCredentialsAreInNoError(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"nats://me:geheim@127.0.0.1:1", "nats://me:ge heim@127.0.0.1:1"} {
		b, err := jetstream.New(jetstream.Config{URL: url, Token: "geheim", Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry()})
		require.NoError(t, err)
		_, err = b.Open(t.Context(), "desk")
		require.Error(t, err)
		require.NotContains(t, err.Error(), "heim")
	}
}

func TestAMessageThatIsNoEventIsPassedBy(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.Only(t, sqldb.SQLite))
	sheets := s.sheets(3)
	desk := s.host("desk").start()
	clerk := s.host("clerk", "archivist").start()
	desk.notes(1, sheets...)
	s.settled(3)
	js := s.manage()
	for partition := range 64 {
		_, err := js.Publish(t.Context(), "banyan.desk."+string(rune('0'+partition%10))+".desk.noted", []byte("hello"))
		require.NoError(t, err)
	}
	desk.notes(1, sheets...)
	s.settled(6)
	s.eventually(func() bool { return gathered(t, clerk.metrics, "banyan_broker_unreadable_total") == 128 }, "counted")
}

func gathered(t *testing.T, registry *prometheus.Registry, name string) int {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	sum := 0.0
	for _, f := range families {
		if f.GetName() == name {
			for _, m := range f.GetMetric() {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return int(sum)
}

func TestABrokerThatIsAwayShowsInTheMetrics(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.Only(t, sqldb.SQLite))
	var said lines
	s.log = slog.New(slog.NewTextHandler(&said, nil))
	desk := s.host("desk").start()
	connected := func() int { return gathered(t, desk.metrics, "banyan_broker_connected") }
	s.eventually(func() bool { return connected() == 2 }, "connected") // to publish, and to the clerk
	s.nats.stop()
	s.eventually(func() bool { return connected() == 0 }, "away")
	<-time.After(2 * time.Second) // it tries again some times
	require.Equal(t, 1, said.with("broker is away: events wait"))
	require.Equal(t, 1, said.with("broker is away: nothing is heard"), said.text.String())
	s.nats.start()
	s.eventually(func() bool { return connected() == 2 }, "again")
	s.eventually(func() bool { return said.with("broker is back") == 1 }, "said")
}

// lines are those of a log.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

func (l *lines) with(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

func TestABigBacklogTakesLittleMemory(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.Only(t, sqldb.SQLite))
	sheets := s.sheets(200)
	desk := s.host("desk")
	rounds := 60
	if racing {
		rounds = 5
	}
	desk.notes(rounds, sheets...)
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	desk.start()
	s.host("clerk", "archivist").start()
	var most uint64
	s.eventually(func() bool {
		runtime.GC()
		runtime.ReadMemStats(&now)
		most = max(most, now.HeapAlloc)
		return s.effects("clerk") >= rounds*len(sheets)
	}, "taken")
	s.settled(rounds * len(sheets))
	const limit = 150 << 20 // it takes 43 MiB; all of the backlog in memory would take more with each round
	require.Less(t, int64(most)-int64(before.HeapAlloc), int64(limit))
}

func TestAModuleComesBackAndTakesFirstWhatTheBrokerHolds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		sheets := s.sheets(10)
		desk := s.host("desk", "archivist").start()
		desk.notes(10, sheets...) // the clerk is nowhere
		s.eventually(func() bool { return s.outbox("desk") == 0 }, "the broker has them")
		desk.stop()

		all := s.host(names()...)
		err := all.startWith(nil)
		require.ErrorIs(t, err, bus.ErrNoBroker)
		require.ErrorContains(t, err, "events of desk for clerk went by a broker, which may still hold some")
		all.stop()

		all = s.host(names()...)
		all.notes(5, sheets...)
		all.start()
		all.notes(5, sheets...)
		s.settled(200)
		all.stop()
		again := s.host(names()...)
		require.NoError(t, again.startWith(nil), "nothing is left with the broker")
		again.notes(5, sheets...)
		s.settled(250)
	})
}

func TestAProcessWithAllModulesAndOneWithSomeGoTogether(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.Only(t, sqldb.MySQL))
	sheets := s.sheets(20)
	all, desk, clerk := s.host(names()...).start(), s.host("desk").start(), s.host("clerk").start()
	for range 10 {
		all.notes(1, sheets...)
		desk.notes(1, sheets...)
	}
	s.settled(400)
	all.stop()
	s.host("archivist").start()
	desk.notes(5, sheets...)
	s.settled(500)
	clerk.stop()
	s.host(names()...).start()
	desk.notes(5, sheets...)
	s.settled(600)
}

func TestAnEventOfAVersionThatNobodyKnowsIsHeldAsDead(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.Only(t, sqldb.SQLite))
	s.host("clerk", "archivist").start()
	b, err := jetstream.New(jetstream.Config{URL: s.nats.url(), Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry()})
	require.NoError(t, err)
	o, err := b.Open(t.Context(), "desk")
	require.NoError(t, err)
	defer o.Close()
	now := id.New()
	receipts := o.Publish(context.WithoutCancel(t.Context()), []event.Envelope{{
		ID: now, Source: "desk", Type: event.Type{Name: "desk.noted", Version: 2}, Aggregate: event.Aggregate{Type: sheet, ID: id.New(), Version: 1},
		OccurredAt: time.Now(), CorrelationID: now, Payload: []byte("{}"),
	}})
	require.NoError(t, receipts[0].Err)
	s.eventually(func() bool { return s.count("clerk", "SELECT COUNT(*) FROM bus_held WHERE state = 'dead'") == 1 }, "dead")
}

func TestWhoStopsGivesBackWhatHeHasNotDone(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.Only(t, sqldb.MySQL))
	sheets := s.sheets(1)
	var met, busy atomic.Bool
	busy.Store(true)
	trouble := func(consumer string, _ event.Envelope) error {
		if consumer == "clerk" && busy.Load() {
			met.Store(true)
			return sqldb.ErrBusy
		}
		return nil
	}
	s.trouble.Store(&trouble)
	desk, clerk := s.host("desk").start(), s.host("clerk", "archivist").start()
	desk.notes(1, sheets...)
	s.eventually(met.Load, "it tries")
	s.host("clerk", "archivist").start()
	clerk.stop()
	stopped := time.Now()
	busy.Store(false)
	s.eventually(func() bool { return s.effects("clerk") == 1 }, "the other one goes on")
	require.Less(t, time.Since(stopped), 3*time.Second, "the broker waits for 5 s where nobody says a word")
}

func TestALongHandlerKeepsItsEvent(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.Only(t, sqldb.MySQL))
	sheets := s.sheets(1)
	var runs atomic.Int32
	trouble := func(consumer string, _ event.Envelope) error {
		if consumer != "archivist" {
			return nil
		}
		runs.Add(1)
		timer := time.NewTimer(7 * time.Second) // the broker waits for 5
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil
		case <-t.Context().Done():
			return errHandler
		}
	}
	s.trouble.Store(&trouble)
	desk := s.host("desk", "clerk").start()
	archivists := []*process{s.host("archivist").start(), s.host("archivist").start()}
	desk.notes(1, sheets...)
	s.arrived(1, "archivist")
	again := 0.0
	for _, a := range archivists {
		again += delivered(t, a, "again")
	}
	require.Zero(t, again)
	require.EqualValues(t, 2, runs.Load())
}
