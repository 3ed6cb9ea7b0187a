package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/broker/jetstream"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/bus/simulation"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// The desk notes things, which the clerk and the archivist hear; the clerk files each note in a folder,
// which the archivist and the desk hear.
type (
	noted struct {
		About id.UUID
		Text  string
	}
	filed struct{ About id.UUID }
)

func (noted) EventType() event.Type { return event.Type{Name: "desk.noted", Version: 1} }
func (filed) EventType() event.Type { return event.Type{Name: "clerk.filed", Version: 1} }

const (
	sheet  = "sheet"
	folder = "folder"
)

func names() []string { return []string{"desk", "clerk", "archivist"} }

func heard() map[string][]string {
	return map[string][]string{
		"desk": {"clerk.filed"}, "clerk": {"desk.noted"}, "archivist": {"desk.noted", "clerk.filed"},
	}
}

func manifests() []module.Manifest {
	return []module.Manifest{
		{Name: "desk", Publishes: []event.Definition{event.Define(noted{})}, Listens: heard()["desk"]},
		{Name: "clerk", Publishes: []event.Definition{event.Define(filed{})}, Listens: heard()["clerk"]},
		{Name: "archivist", Listens: heard()["archivist"]},
	}
}

var errHandler = errors.New("the handler does not like it")

// shop is the databases and the broker that processes meet at.
type shop struct {
	t        testing.TB
	engine   sqldb.Engine
	location sqldb.Location
	nats     *natsServer
	observer map[string]*sqldb.DB
	trouble  atomic.Pointer[func(consumer string, e event.Envelope) error]
	keep     time.Duration
	ackWait  time.Duration // the default if zero
	text     string        // of notes

	// partitions are fewer than the default 64 where few events are sent: each is a file, and a request,
	// for every pair of modules. More make a stream of events faster.
	partitions int
	log        *slog.Logger                          // of processes
	took       atomic.Pointer[func(consumer string)] // after the commit of an event
}

func newShop(t *testing.T, e dbtest.Engine) *shop {
	t.Helper()
	location, err := sqldb.ParseLocation(e.MigratedURL(t, names()...))
	require.NoError(t, err)
	return newShopAt(t, location, newNATS(t, false))
}

func newShopAt(tb testing.TB, location sqldb.Location, n *natsServer) *shop {
	tb.Helper()
	s := &shop{t: tb, engine: location.Engine, location: location, nats: n, partitions: 8, log: slog.New(slog.DiscardHandler)}
	s.observer = s.open(sqldb.Options{})
	s.createTables()
	return s
}

func (s *shop) open(o sqldb.Options) map[string]*sqldb.DB {
	s.t.Helper()
	dbs := map[string]*sqldb.DB{}
	for _, name := range names() {
		db, err := sqldb.Open(context.WithoutCancel(s.t.Context()), s.location, name, o)
		require.NoError(s.t, err)
		s.t.Cleanup(func() { require.NoError(s.t, db.Close()) })
		dbs[name] = db
	}
	return dbs
}

func (s *shop) exec(name, query string, args ...any) {
	s.t.Helper()
	ctx := context.WithoutCancel(s.t.Context())
	require.NoError(s.t, sqldb.InTx(ctx, s.observer[name], func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	}))
}

func (s *shop) createTables() {
	s.t.Helper()
	number := "INTEGER PRIMARY KEY AUTOINCREMENT"
	if s.engine == sqldb.MySQL {
		number = "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY"
	}
	of := "agg_type VARCHAR(64) NOT NULL, agg_id BINARY(16) NOT NULL, agg_seq BIGINT NOT NULL, type VARCHAR(128) NOT NULL)"
	for _, name := range names() {
		s.exec(name, "CREATE TABLE paper (agg_type VARCHAR(64) NOT NULL, agg_id BINARY(16) NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (agg_type, agg_id))")
		s.exec(name, "CREATE TABLE stated (n "+number+", "+of)
		s.exec(name, "CREATE TABLE effect (n "+number+", "+of)
		if s.engine == sqldb.MySQL { // whose databases the next test gets
			s.t.Cleanup(func() {
				db, err := sqldb.Open(context.WithoutCancel(s.t.Context()), s.location, name, sqldb.Options{})
				require.NoError(s.t, err)
				defer db.Close()
				s.observer[name] = db
				for _, table := range []string{"paper", "stated", "effect"} {
					s.exec(name, "DROP TABLE "+table)
				}
			})
		}
	}
}

// process hosts some of the modules.
type process struct {
	*bus.Bus

	shop    *shop
	hosted  []string
	dbs     map[string]*sqldb.DB
	wire    *simulation.Wire
	cable   *cable
	players map[string]*player
	metrics *prometheus.Registry
	stopped sync.Once
}

type player struct {
	name    string
	shop    *shop
	db      *sqldb.DB
	publish *bus.Publisher
}

// host makes a process that does not deliver yet.
func (s *shop) host(hosted ...string) *process {
	s.t.Helper()
	p := &process{
		shop: s, hosted: hosted, cable: newCable(s.t, s.nats.address()), players: map[string]*player{}, metrics: prometheus.NewRegistry(),
		wire: &simulation.Wire{Network: true, Fate: func(context.Context, string, string) simulation.Fate { return simulation.Passes }},
	}
	p.dbs = s.observer // a SQLite file has one process
	if s.engine == sqldb.MySQL {
		p.dbs = map[string]*sqldb.DB{}
		for _, name := range hosted {
			db, err := sqldb.Open(context.WithoutCancel(s.t.Context()), s.location, name, sqldb.Options{Wrap: p.wire.Wrap(name), MaxConns: 6})
			require.NoError(s.t, err)
			p.dbs[name] = db
		}
	}
	p.Bus = bus.New(s.log, time.Now, p.metrics)
	for _, name := range hosted {
		p.players[name] = &player{name: name, shop: s, db: p.dbs[name], publish: p.Publisher(p.dbs[name])}
	}
	s.t.Cleanup(p.stop)
	return p
}

// config is how the process reaches the broker.
func (p *process) config() jetstream.Config {
	return jetstream.Config{
		URL: p.cable.url(), Partitions: p.shop.partitions, AckWait: p.shop.ackWait, Registry: p.metrics, Log: slog.New(slog.DiscardHandler),
	}
}

func (p *process) start() *process {
	p.shop.t.Helper()
	broker, err := jetstream.New(p.config())
	require.NoError(p.shop.t, err)
	require.NoError(p.shop.t, p.startWith(broker))
	return p
}

func (p *process) startWith(broker bus.Broker) error {
	p.Deploy(bus.Deployment{Hosted: p.hosted, Broker: broker, Keep: p.shop.keep})
	return p.startBus()
}

func (p *process) startBus() error {
	var subs []bus.Subscription
	for _, name := range p.hosted {
		subs = append(subs, p.players[name].subscription())
	}
	return p.Start(context.WithoutCancel(p.shop.t.Context()), manifests(), subs)
}

// stop ends the process in good order; a second time does nothing.
func (p *process) stop() {
	p.stopped.Do(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(p.shop.t.Context()), time.Minute)
		defer cancel()
		require.NoError(p.shop.t, p.Stop(ctx))
		if p.shop.engine == sqldb.MySQL {
			for _, db := range p.dbs {
				if err := db.Close(); !p.wire.Dead() {
					require.NoError(p.shop.t, err)
				}
			}
		}
	})
}

// kill lets nothing of the process reach anybody any more.
func (p *process) kill() {
	p.cable.sever()
	if p.shop.engine == sqldb.MySQL {
		p.wire.Kill()
	}
	p.stop()
}

func (p *player) subscription() bus.Subscription {
	handlers := map[string][]bus.Handler{
		"desk":      {one[filed](p)},
		"clerk":     {set(p, func(f noted) id.UUID { return f.About })},
		"archivist": {one[noted](p), set(p, func(f filed) id.UUID { return f.About })},
	}
	return bus.Subscription{Consumer: p.name, Schema: p.db, Handlers: handlers[p.name]}
}

func one[E event.Event](p *player) bus.Handler {
	return bus.On(func(ctx context.Context, tx *sqldb.Tx, e event.Envelope, _ E) error {
		return p.take(ctx, tx, []event.Envelope{e})
	})
}

func set[E event.Event](p *player, key func(E) id.UUID) bus.Handler {
	return bus.OnSet(key, func(ctx context.Context, tx *sqldb.Tx, facts []bus.Fact[E]) error {
		envelopes := make([]event.Envelope, len(facts))
		for i, f := range facts {
			envelopes[i] = f.Envelope
		}
		return p.take(ctx, tx, envelopes)
	})
}

const insertEffect = "INSERT INTO effect (agg_type, agg_id, agg_seq, type) VALUES "

func (p *player) take(ctx context.Context, tx *sqldb.Tx, events []event.Envelope) error {
	var args []any
	for _, e := range events {
		if trouble := p.shop.trouble.Load(); trouble != nil {
			if err := (*trouble)(p.name, e); err != nil {
				return err
			}
		}
		args = append(args, e.Aggregate.Type, e.Aggregate.ID, e.Aggregate.Version, e.Type.Name)
	}
	if _, err := tx.Exec(ctx, insertEffect+sqldb.Placeholders(len(events), 4), args...); err != nil {
		return err
	}
	if took := p.shop.took.Load(); took != nil {
		tx.OnCommit(func() { (*took)(p.name) })
	}
	if p.name != "clerk" {
		return nil
	}
	var answers []bus.Publication
	for _, e := range events {
		of, err := p.raise(ctx, tx, folder, e.Aggregate.ID, "clerk.filed")
		if err != nil {
			return err
		}
		answers = append(answers, bus.Publication{Of: of, Event: filed{About: e.Aggregate.ID}, Cause: e})
	}
	return p.publish.PublishSet(ctx, tx, answers)
}

const (
	selectVersion = "SELECT version FROM paper WHERE agg_type = ? AND agg_id = ? FOR UPDATE"
	raiseVersion  = "UPDATE paper SET version = ? WHERE agg_type = ? AND agg_id = ? AND version = ?"
	insertStated  = "INSERT INTO stated (agg_type, agg_id, agg_seq, type) VALUES (?, ?, ?, ?)"
)

// raise takes an aggregate's next version behind the lock of its row, and records what it is for.
func (p *player) raise(ctx context.Context, tx *sqldb.Tx, kind string, about id.UUID, name string) (event.Aggregate, error) {
	of := event.Aggregate{Type: kind, ID: about}
	if err := tx.Get(ctx, &of.Version, selectVersion, kind, about); err != nil {
		return of, err
	}
	of.Version++
	if n, err := tx.ExecCount(ctx, raiseVersion, of.Version, kind, about, of.Version-1); err != nil || n != 1 {
		return of, errors.Join(err, fmt.Errorf("%d rows", n))
	}
	_, err := tx.Exec(ctx, insertStated, kind, about, of.Version, name)
	return of, err
}

// sheets are aggregates of the desk, and their folders of the clerk.
func (s *shop) sheets(n int) []id.UUID {
	s.t.Helper()
	sheets := make([]id.UUID, n)
	for i := range sheets {
		sheets[i] = id.New()
		s.exec("desk", "INSERT INTO paper (agg_type, agg_id, version) VALUES (?, ?, 0)", sheet, sheets[i])
		s.exec("clerk", "INSERT INTO paper (agg_type, agg_id, version) VALUES (?, ?, 0)", folder, sheets[i])
	}
	return sheets
}

// note states one note about each of some sheets, in one transaction.
func (p *process) note(sheets ...id.UUID) error {
	desk := p.players["desk"]
	ctx := context.WithoutCancel(p.shop.t.Context())
	sheets = slices.Clone(sheets)
	slices.SortFunc(sheets, func(a, b id.UUID) int { return slices.Compare(a[:], b[:]) })
	return sqldb.InTx(ctx, desk.db, func(tx *sqldb.Tx) error {
		var set []bus.Publication
		for _, about := range sheets {
			of, err := desk.raise(ctx, tx, sheet, about, "desk.noted")
			if err != nil {
				return err
			}
			set = append(set, bus.Publication{Of: of, Event: noted{About: about, Text: p.shop.text}})
		}
		return desk.publish.PublishSet(ctx, tx, set)
	})
}

// notes states n notes about each sheet.
func (p *process) notes(n int, sheets ...id.UUID) {
	p.shop.t.Helper()
	for range n {
		require.NoError(p.shop.t, p.note(sheets...))
	}
}

type eventRow struct {
	AggType string  `db:"agg_type"`
	AggID   id.UUID `db:"agg_id"`
	AggSeq  int64   `db:"agg_seq"`
	Type    string  `db:"type"`
	State   string  `db:"state"`
}

func (r eventRow) event() simulation.Event {
	return simulation.Event{Of: simulation.Aggregate{Type: r.AggType, ID: r.AggID}, Version: r.AggSeq, Type: r.Type}
}

func (s *shop) rows(name, query string) []eventRow {
	s.t.Helper()
	var rows []eventRow
	require.NoError(s.t, s.observer[name].Select(context.WithoutCancel(s.t.Context()), &rows, query))
	return rows
}

func (s *shop) events(name, query string) []simulation.Event {
	s.t.Helper()
	var list []simulation.Event
	for _, row := range s.rows(name, query) {
		list = append(list, row.event())
	}
	return list
}

// evidence is what the databases say. What the broker holds is pending, too, and not in it: it is whole
// when everything has arrived.
func (s *shop) evidence() simulation.Evidence {
	s.t.Helper()
	e := simulation.Evidence{Heard: heard(), Effects: map[string][]simulation.Event{}, Held: map[string][]simulation.Held{}}
	for _, name := range names() {
		e.Effects[name] = s.events(name, "SELECT agg_type, agg_id, agg_seq, type FROM effect ORDER BY n")
		for _, row := range s.rows(name, "SELECT agg_type, agg_id, agg_seq, type, state FROM bus_held ORDER BY id") {
			e.Held[name] = append(e.Held[name], simulation.Held{Event: row.event(), State: row.State})
		}
	}
	for _, name := range names() {
		e.Pending = append(e.Pending, s.events(name, "SELECT agg_type, agg_id, agg_seq, type FROM bus_outbox ORDER BY pos")...)
		e.Stated = append(e.Stated, s.events(name, "SELECT agg_type, agg_id, agg_seq, type FROM stated")...)
	}
	return e
}

func (s *shop) count(name, query string, args ...any) int {
	s.t.Helper()
	var n int
	require.NoError(s.t, s.observer[name].Get(s.t.Context(), &n, query, args...))
	return n
}

func (s *shop) effects(name string) int { return s.count(name, "SELECT COUNT(*) FROM effect") }
func (s *shop) outbox(name string) int  { return s.count(name, "SELECT COUNT(*) FROM bus_outbox") }

func (s *shop) eventually(condition func() bool, why string) {
	s.t.Helper()
	require.Eventually(s.t, condition, time.Minute, 5*time.Millisecond, why)
}

// settled waits until n notes took effect everywhere, and nothing was lost, doubled or disordered.
func (s *shop) settled(n int) {
	s.t.Helper()
	s.arrived(n, "desk", "clerk", "archivist")
	s.deleted()
	e := s.evidence()
	require.NoError(s.t, simulation.Always(e))
	require.NoError(s.t, simulation.Settled(e))
}

// deleted waits until nothing is pending, and less than the minute after which a row that was lost sight
// of is found.
func (s *shop) deleted() {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return s.outbox("desk")+s.outbox("clerk") == 0 }, 30*time.Second, 5*time.Millisecond, "rows are deleted")
}

// arrived waits for the effects of n notes.
func (s *shop) arrived(n int, consumers ...string) {
	s.t.Helper()
	for _, name := range consumers {
		want := n * len(heard()[name])
		if !assertEventually(func() bool { return s.effects(name) >= want }) {
			s.t.Fatalf("%s has %d of %d", name, s.effects(name), want)
		}
	}
}

func assertEventually(condition func() bool) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(time.Minute)
	for {
		select {
		case <-late:
			return false
		case <-tick.C:
			if condition() {
				return true
			}
		}
	}
}
