package bus_test

import (
	"context"
	"database/sql/driver"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/dbtest/wire"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// openWith opens an instance whose statements a test sees, and whose metrics it reads.
func (s *store) openWith(o sqldb.Options, registry prometheus.Registerer) *instance {
	s.t.Helper()
	i := &instance{t: s.t, dbs: map[string]*sqldb.DB{}}
	for _, name := range []string{"desk", "clerk", "archivist"} {
		db, err := sqldb.Open(context.WithoutCancel(s.t.Context()), s.location, name, o)
		require.NoError(s.t, err)
		i.dbs[name] = db
	}
	i.Bus = bus.New(slog.New(slog.DiscardHandler), time.Now, registry)
	i.desk = i.Publisher(i.dbs["desk"])
	s.t.Cleanup(i.close)
	return i
}

// refusing is a connection that answers no COMMIT while it refuses.
type refusing struct{ now *atomic.Bool }

func (r refusing) Pass(_ context.Context, text string, call func() error) error {
	if text == "COMMIT" && r.now.Load() {
		return errHandler
	}
	return call()
}

func (refusing) Admit(string) error { return nil }
func (refusing) Works() bool        { return true }

func TestAHandlerIsItsConsumersWork(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		whose := make(chan string, 4)
		set := func(ctx context.Context, _ *sqldb.Tx, _ []bus.Fact[note]) error {
			whose <- boundary.Module(ctx)
			return nil
		}
		one := func(ctx context.Context, _ *sqldb.Tx, _ event.Envelope, _ note) error {
			whose <- boundary.Module(ctx)
			return nil
		}
		i.start(
			bus.Subscription{Consumer: "clerk", Schema: i.dbs["clerk"], Handlers: []bus.Handler{bus.On(one)}},
			bus.Subscription{Consumer: "archivist", Schema: i.dbs["archivist"], Handlers: []bus.Handler{bus.OnSet(func(n note) id.UUID { return n.Paper }, set)}},
		)
		i.publish(id.New(), 1, 1)
		require.ElementsMatch(t, []string{"clerk", "archivist"}, []string{<-whose, <-whose})
	})
}

func TestAnEventCountsAsPublishedWhenItsTransactionHasCommitted(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newStore(t, e)
		s.first.close()
		registry := prometheus.NewRegistry()
		var refuses atomic.Bool
		i := s.openWith(sqldb.Options{Wrap: func(c driver.Connector) driver.Connector {
			return wire.Wrap(c, func(context.Context, wire.Native) (wire.Line, error) { return refusing{&refuses}, nil })
		}}, registry)
		i.publish(id.New(), 1, 3)
		err := sqldb.InTx(t.Context(), i.dbs["desk"], func(tx *sqldb.Tx) error {
			if err := i.desk.Publish(t.Context(), tx, paper(id.New(), 1), note{}); err != nil {
				return err
			}
			return errHandler
		})
		require.ErrorIs(t, err, errHandler)
		refuses.Store(true)
		err = sqldb.InTx(t.Context(), i.dbs["desk"], func(tx *sqldb.Tx) error {
			return i.desk.Publish(t.Context(), tx, paper(id.New(), 1), note{})
		})
		require.ErrorIs(t, err, sqldb.ErrOutcomeUnknown)
		refuses.Store(false)
		require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP banyan_events_published_total Events whose transaction has committed, by the module that stated them and type.
# TYPE banyan_events_published_total counter
banyan_events_published_total{module="desk",type="desk.noted"} 3
`), "banyan_events_published_total"))
	})
}

// Whatever works on the clerk's schema panics, and not in a handler alone: taking, holding, looking at what
// is held. The archivist is served meanwhile, and the clerk afterwards.
func TestAPanicBesideTheHandlersStopsItsConsumerOnlyAndForAsLongAsItLasts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newStore(t, e)
		s.first.close()
		var sick atomic.Bool
		var panics atomic.Int64
		i := s.openWith(sqldb.Options{Observe: func(st sqldb.Statement) {
			if sick.Load() && st.Module == "clerk" {
				panics.Add(1)
				panic("the clerk is sick")
			}
		}}, prometheus.NewRegistry())
		i.start(i.noting("clerk", always), i.noting("archivist", always))
		sick.Store(true)
		agg := id.New()
		i.publish(agg, 1, 5)
		i.eventually(func() bool { return i.effects("archivist") == 5 }, "the archivist is served")
		so := panics.Load()
		i.eventually(func() bool { return panics.Load() > so+2 }, "the clerk tries again and again")
		sick.Store(false)
		i.eventually(func() bool { return i.effects("clerk") == 5 }, "the clerk catches up")
		require.Equal(t, upTo(5), i.notes("clerk", agg))
		i.eventually(func() bool { return i.outbox() == 0 }, "nothing is left")
	})
}

// The publisher's own goroutines read its outbox, delete what is done and watch what is left.
func TestAPanicBesideThePublisherEndsNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newStore(t, e)
		s.first.close()
		var sick atomic.Bool
		var panics, deletions atomic.Int64
		i := s.openWith(sqldb.Options{Observe: func(st sqldb.Statement) {
			deleting := strings.HasPrefix(st.Query, "DELETE FROM bus_outbox") && deletions.Add(1) < 3
			if deleting || sick.Load() && st.Module == "desk" {
				panics.Add(1)
				panic("the desk is sick")
			}
		}}, prometheus.NewRegistry())
		i.start(i.noting("clerk", always), i.noting("archivist", always))
		i.publish(id.New(), 1, 5)
		sick.Store(true)
		i.eventually(func() bool { return panics.Load() > 2 }, "somebody looks at the outbox")
		sick.Store(false)
		i.publish(id.New(), 1, 5)
		i.eventually(func() bool { return i.effects("archivist") == 10 && i.effects("clerk") == 10 }, "all are served")
		i.eventually(func() bool { return i.outbox() == 0 }, "nothing is left")
	})
}
