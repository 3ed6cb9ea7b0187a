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
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// disk is one that the test fills: while it is full, no connection to a SQLite file lets that grow.
type disk struct{ full atomic.Bool }

type onDisk struct {
	driver.Connector
	disk *disk
}

func (c onDisk) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil || !c.disk.full.Load() {
		return conn, err
	}
	_, err = conn.(driver.ExecerContext).ExecContext(ctx, "PRAGMA max_page_count = 1", nil) //nolint:forcetypeassert // of SQLite's driver
	return conn, err
}

// fill leaves the files of some schemas as large as they are, and no larger.
func (d *disk) fill(i *instance, schemas ...string) {
	d.full.Store(true)
	for _, name := range schemas {
		i.exec(name, "PRAGMA max_page_count = 1")
	}
}

func (d *disk) clear(i *instance, schemas ...string) {
	d.full.Store(false)
	for _, name := range schemas {
		i.exec(name, "PRAGMA max_page_count = 1000000")
	}
}

func (s *store) openOn(d *disk) *instance {
	s.t.Helper()
	i := &instance{t: s.t, dbs: map[string]*sqldb.DB{}}
	for _, name := range []string{"desk", "clerk", "archivist"} {
		options := sqldb.Options{Wrap: func(c driver.Connector) driver.Connector { return onDisk{c, d} }}
		db, err := sqldb.Open(context.WithoutCancel(s.t.Context()), s.location, name, options)
		require.NoError(s.t, err)
		i.dbs[name] = db
	}
	i.Bus = bus.New(slog.New(slog.DiscardHandler), time.Now, prometheus.NewRegistry())
	i.desk = i.Publisher(i.dbs["desk"])
	s.t.Cleanup(i.close)
	return i
}

// large is a note that needs pages of its own.
type large struct{ Text string }

func (large) EventType() event.Type { return event.Type{Name: "desk.noted", Version: 1} }

func (i *instance) publishLarge(agg id.UUID) error {
	return sqldb.InTx(i.t.Context(), i.dbs["desk"], func(tx *sqldb.Tx) error {
		return i.desk.Publish(i.t.Context(), tx, paper(agg, 1), large{strings.Repeat("x", 200<<10)})
	})
}

func (i *instance) sound(schemas ...string) {
	i.t.Helper()
	for _, name := range schemas {
		var verdict string
		require.NoError(i.t, i.dbs[name].Get(i.t.Context(), &verdict, "PRAGMA integrity_check"))
		require.Equal(i.t, "ok", verdict)
	}
}

func TestAFullDiskRefusesWhatIsPublishedAndHarmsNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t, dbtest.Only(t, sqldb.SQLite))
	s.first.close()
	var d disk
	i := s.openOn(&d)
	d.fill(i, "desk")
	for range 3 {
		err := i.publishLarge(id.New())
		require.Error(t, err)
		require.True(t, sqldb.IsInfrastructure(err), "%v", err)
	}
	require.Zero(t, i.outbox())
	d.clear(i, "desk")
	require.NoError(t, i.publishLarge(id.New()))
	require.Equal(t, 1, i.outbox())
	i.sound("desk")
}

func TestAnEventWaitsWhileItsConsumersDiskIsFull(t *testing.T) {
	t.Parallel()
	s := newStore(t, dbtest.Only(t, sqldb.SQLite))
	s.first.close()
	var d disk
	i := s.openOn(&d)
	sub := i.noting("clerk", always)
	var refused atomic.Int32
	sub.Handlers = []bus.Handler{bus.On(func(ctx context.Context, tx *sqldb.Tx, _ event.Envelope, n note) error {
		_, err := tx.Exec(ctx, "INSERT INTO effect (agg, n, place) SELECT zeroblob(100000), ?, 0", n.N)
		if err != nil {
			refused.Add(1)
		}
		return err
	})}
	i.start(sub)
	d.fill(i, "clerk")
	agg := id.New()
	i.publish(agg, 1, 3)
	i.eventually(func() bool { return refused.Load() >= 3 }, "tried again")
	require.Zero(t, i.effects("clerk"))
	require.Empty(t, i.held(agg))
	require.Equal(t, 3, i.outbox())
	d.clear(i, "clerk")
	i.eventually(func() bool { return i.effects("clerk") == 3 }, "there is room again")
	i.sound("clerk")
}
