package bus_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// The desk publishes notes, which the clerk and the archivist hear.
type note struct {
	N     int64
	Paper id.UUID // what it is about
}

func (note) EventType() event.Type { return event.Type{Name: "desk.noted", Version: 1} }

type newerNote struct{ N int64 }

func (newerNote) EventType() event.Type { return event.Type{Name: "desk.noted", Version: 2} }

func desk() module.Manifest {
	return module.Manifest{Name: "desk", Publishes: []event.Definition{event.Define(note{}), event.Define(newerNote{})}}
}

func listener(name string) module.Manifest {
	return module.Manifest{Name: name, Listens: []string{"desk.noted"}}
}

const (
	// place is how many effects the aggregate had before: it shows the order in which they came.
	createEffect = "CREATE TABLE effect (agg BINARY(16) NOT NULL, n BIGINT NOT NULL, place BIGINT NOT NULL)"
	indexEffect  = "CREATE INDEX effect_place ON effect (agg, place)" // not unique: doubled effects shall show
	createAgg    = "CREATE TABLE paper (id BINARY(16) NOT NULL PRIMARY KEY, version BIGINT NOT NULL)"
	insertEffect = "INSERT INTO effect (agg, n, place) VALUES (?, ?, ?)"
	countPlace   = "SELECT COALESCE(MAX(place) + 1, 0) FROM effect WHERE agg = ?"
)

var errHandler = errors.New("the handler does not like it")

// store is the databases of one shop; on MySQL, several instances may open them.
type store struct {
	t        *testing.T
	location sqldb.Location
	first    *instance
}

// instance is one process: its own connections, its own bus, the same clock.
type instance struct {
	*bus.Bus

	t    *testing.T
	dbs  map[string]*sqldb.DB
	desk *bus.Publisher
}

func newStore(t *testing.T, e dbtest.Engine) *store {
	t.Helper()
	location, err := sqldb.ParseLocation(e.MigratedURL(t, "desk", "clerk", "archivist"))
	require.NoError(t, err)
	s := &store{t: t, location: location}
	s.first = s.open(time.Now)
	s.first.exec("desk", createAgg)
	for _, name := range []string{"clerk", "archivist"} {
		s.first.exec(name, createEffect)
		s.first.exec(name, indexEffect)
	}
	if e.Kind == sqldb.MySQL { // whose databases the next test gets
		t.Cleanup(s.dropTables)
	}
	return s
}

func (s *store) dropTables() {
	s.first.close()
	again := s.open(time.Now)
	defer again.close()
	for name, query := range map[string]string{"desk": "DROP TABLE paper", "clerk": "DROP TABLE effect", "archivist": "DROP TABLE effect"} {
		again.exec(name, query)
	}
}

func (s *store) open(now func() time.Time) *instance {
	s.t.Helper()
	i := &instance{t: s.t, dbs: map[string]*sqldb.DB{}}
	for _, name := range []string{"desk", "clerk", "archivist"} {
		db, err := sqldb.Open(context.WithoutCancel(s.t.Context()), s.location, name, sqldb.Options{})
		require.NoError(s.t, err)
		i.dbs[name] = db
	}
	i.Bus = bus.New(slog.New(slog.DiscardHandler), now, prometheus.NewRegistry())
	i.desk = i.Publisher(i.dbs["desk"])
	s.t.Cleanup(i.close)
	return i
}

// close ends the instance; a second time does nothing.
func (i *instance) close() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(i.t.Context()), time.Minute)
	defer cancel()
	require.NoError(i.t, i.Stop(ctx))
	for _, db := range i.dbs {
		require.NoError(i.t, db.Close())
	}
}

func (i *instance) exec(name, query string, args ...any) {
	i.t.Helper()
	ctx := context.WithoutCancel(i.t.Context())
	require.NoError(i.t, sqldb.InTx(ctx, i.dbs[name], func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	}))
}

// start delivers to the consumers of subs.
func (i *instance) start(subs ...bus.Subscription) {
	i.t.Helper()
	manifests := []module.Manifest{desk()}
	for _, sub := range subs {
		manifests = append(manifests, listener(sub.Consumer))
	}
	require.NoError(i.t, i.Start(i.t.Context(), manifests, subs))
}

// noting is a consumer that writes down each note, after it has asked whether it may.
func (i *instance) noting(consumer string, may func(e event.Envelope, n note) error) bus.Subscription {
	return bus.Subscription{Consumer: consumer, Schema: i.dbs[consumer], Handlers: []bus.Handler{
		bus.On(func(ctx context.Context, tx *sqldb.Tx, e event.Envelope, n note) error {
			if err := may(e, n); err != nil {
				return err
			}
			var place int64
			if err := tx.Get(ctx, &place, countPlace, e.Aggregate.ID); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, insertEffect, e.Aggregate.ID, n.N, place)
			return err
		}),
	}}
}

func always(event.Envelope, note) error { return nil }

// publish states notes from..to about an aggregate in one transaction.
func (i *instance) publish(agg id.UUID, from, to int64) {
	i.t.Helper()
	require.NoError(i.t, sqldb.InTx(i.t.Context(), i.dbs["desk"], func(tx *sqldb.Tx) error {
		for n := from; n <= to; n++ {
			if err := i.desk.Publish(i.t.Context(), tx, paper(agg, n), note{N: n, Paper: agg}); err != nil {
				return err
			}
		}
		return nil
	}))
}

func paper(agg id.UUID, version int64) event.Aggregate {
	return event.Aggregate{Type: "paper", ID: agg, Version: version}
}

// eventually waits for what goroutines of the bus do.
func (i *instance) eventually(condition func() bool, why string) {
	i.t.Helper()
	require.Eventually(i.t, condition, time.Minute, 2*time.Millisecond, why)
}

func (i *instance) count(name, query string, args ...any) int {
	i.t.Helper()
	var n int
	require.NoError(i.t, i.dbs[name].Get(i.t.Context(), &n, query, args...))
	return n
}

func (i *instance) effects(consumer string) int {
	return i.count(consumer, "SELECT COUNT(*) FROM effect")
}

func (i *instance) outbox() int { return i.count("desk", "SELECT COUNT(*) FROM bus_outbox") }

// notes are those of an aggregate that took effect, in their order, each once.
func (i *instance) notes(consumer string, agg id.UUID) []int64 {
	i.t.Helper()
	var rows []struct {
		N     int64 `db:"n"`
		Place int64 `db:"place"`
	}
	require.NoError(i.t, i.dbs[consumer].Select(i.t.Context(), &rows, "SELECT n, place FROM effect WHERE agg = ? ORDER BY place", agg))
	notes := make([]int64, len(rows))
	for k, row := range rows {
		require.Equal(i.t, int64(k), row.Place)
		notes[k] = row.N
	}
	return notes
}

// held describes what the clerk holds of an aggregate.
func (i *instance) held(agg id.UUID) []string {
	i.t.Helper()
	var states []string
	require.NoError(i.t, i.dbs["clerk"].Select(i.t.Context(), &states,
		"SELECT state FROM bus_held WHERE agg_id = ? ORDER BY id", agg))
	return states
}

func upTo(n int64) []int64 {
	numbers := make([]int64, n)
	for k := range numbers {
		numbers[k] = int64(k) + 1
	}
	return numbers
}

// clock is the time of an instance, which a test moves forward.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time           { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) advance(by time.Duration) { c.ahead.Add(int64(by)) }

// later lets time pass in a bubble, and everything happen that is due by then.
func later(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// inBubble runs a test on SQLite in a bubble, where minutes take no time.
func inBubble(t *testing.T, test func(t *testing.T, i *instance)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { test(t, newStore(t, dbtest.Only(t, sqldb.SQLite)).first) })
}
