package ops_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/ops"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

type noted struct{ Text string }

func (noted) EventType() event.Type { return event.Type{Name: "desk.noted", Version: 1} }

// office is two schemas, of which one publishes, and what looks at them.
type office struct {
	*ops.Pressure

	t        *testing.T
	dbs      map[string]*sqldb.DB
	desk     *bus.Publisher
	registry *prometheus.Registry
}

func newOffice(t *testing.T, e dbtest.Engine, limits ops.Limits) *office {
	t.Helper()
	o := &office{t: t, dbs: e.DBs(t, "desk", "clerk"), registry: prometheus.NewRegistry()}
	log := slog.New(slog.DiscardHandler)
	o.desk = bus.New(log, time.Now, prometheus.NewRegistry()).Publisher(o.dbs["desk"])
	p, err := ops.NewPressure([]*sqldb.DB{o.dbs["desk"], o.dbs["clerk"]}, limits, time.Now, log, o.registry)
	require.NoError(t, err)
	o.Pressure = p
	return o
}

// waits lets events wait that have so many bytes each.
func (o *office) waits(events, bytes int) {
	o.t.Helper()
	require.NoError(o.t, sqldb.InTx(o.t.Context(), o.dbs["desk"], func(tx *sqldb.Tx) error {
		for range events {
			of := event.Aggregate{Type: "paper", ID: id.New(), Version: 1}
			if err := o.desk.Publish(o.t.Context(), tx, of, noted{strings.Repeat("x", bytes)}); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (o *office) looks() {
	o.t.Helper()
	require.NoError(o.t, o.Look(o.t.Context()))
}

func (o *office) drains() {
	o.t.Helper()
	require.NoError(o.t, sqldb.InTx(o.t.Context(), o.dbs["desk"], func(tx *sqldb.Tx) error {
		_, err := tx.Exec(o.t.Context(), "DELETE FROM bus_outbox")
		return err
	}))
}

func (o *office) state() string {
	o.t.Helper()
	families, err := o.registry.Gather()
	require.NoError(o.t, err)
	var b strings.Builder
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "banyan_outbox_pressure" && m.GetLabel()[0].GetValue() == "desk" {
				b.WriteString([]string{"calm", "behind", "full"}[int(m.GetGauge().GetValue())])
			}
		}
	}
	return b.String()
}

func TestALongOutboxIsToldAndStopsNobodyAndAFullOneStopsCommandsUntilItDrains(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		o := newOffice(t, e, ops.Limits{Events: 10, Bytes: 1 << 20})
		require.NoError(t, o.Admit(), "before the first look")
		o.waits(10, 10)
		o.looks()
		require.Equal(t, "calm", o.state())
		require.NoError(t, o.Check("desk"))

		o.waits(1, 10)
		o.looks()
		require.Equal(t, "behind", o.state())
		require.ErrorIs(t, o.Check("desk"), ops.ErrBehind)
		require.NoError(t, o.Check("clerk"))
		require.NoError(t, o.Admit())

		o.waits(11, 200<<10)
		o.looks()
		require.Equal(t, "full", o.state())
		require.ErrorIs(t, o.Check("desk"), ops.ErrFull)
		require.ErrorIs(t, o.Admit(), ops.ErrFull)
		require.ErrorIs(t, o.Admit(), fault.Unavailable)

		o.drains()
		o.looks()
		require.Equal(t, "calm", o.state())
		require.NoError(t, o.Admit())
		require.NoError(t, o.Check("desk"))
	})
}

func TestNoLimitIsNeverReached(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		o := newOffice(t, e, ops.Limits{})
		o.waits(20, 100<<10)
		o.looks()
		require.Equal(t, "calm", o.state())
		require.NoError(t, o.Admit())
	})
}

func TestWhatWasMeasuredHoldsWhileTheDatabaseCanNotBeAsked(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		o := newOffice(t, e, ops.Limits{Bytes: 1 << 10})
		o.waits(10, 1<<10)
		o.looks()
		require.ErrorIs(t, o.Admit(), ops.ErrFull)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		require.Error(t, o.Look(ended))
		require.ErrorIs(t, o.Admit(), ops.ErrFull)
	})
}

func TestARunningProgramLooksSeldom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, dbtest.Only(t, sqldb.SQLite), ops.Limits{Bytes: 1 << 10})
		require.NoError(t, o.Start(t.Context()))
		defer o.Stop()
		synctest.Wait()
		before := o.dbs["desk"].Stats().Statements.Load()
		require.Positive(t, before, "it looks at once")
		time.Sleep(time.Minute)
		synctest.Wait()
		require.LessOrEqual(t, o.dbs["desk"].Stats().Statements.Load()-before, int64(12))
		o.waits(10, 1<<10)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		require.ErrorIs(t, o.Admit(), ops.ErrFull)
		require.Equal(t, 4, testutil.CollectAndCount(o.registry))
	})
}
