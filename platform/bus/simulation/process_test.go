package simulation_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/bus/simulation"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// process is one process: its connections, and one or more instances of the bus on them. A SQLite file
// has one writing process, so that there instances share it; on MariaDB each process has one.
type process struct {
	t         *testing.T
	wire      *simulation.Wire
	dbs       map[string]*sqldb.DB
	trouble   func(ctx context.Context, consumer string, e event.Envelope) error
	deadline  time.Duration
	now       func() time.Time
	began     time.Time
	log       *slog.Logger
	mu        sync.Mutex
	instances []*instance
}

// instance is a bus, and what its publishers publish through.
type instance struct {
	bus     *bus.Bus
	players map[string]*player
	started chan struct{} // closed when Start has answered
}

// connect opens the schemas of a process. Its wire is what a crash cuts.
func connect(t *testing.T, l sqldb.Location, wire *simulation.Wire, options sqldb.Options) *process {
	t.Helper()
	p := &process{t: t, wire: wire, dbs: map[string]*sqldb.DB{}, log: slog.New(slog.DiscardHandler), now: time.Now, began: time.Now()}
	for _, name := range modules() {
		options.Wrap = wire.Wrap(name)
		db, err := sqldb.Open(context.WithoutCancel(t.Context()), l, name, options)
		require.NoError(t, err)
		p.dbs[name] = db
	}
	return p
}

// newInstance is a bus that does not deliver yet; what is published through it is kept.
func (p *process) newInstance() *instance {
	i := &instance{bus: bus.New(p.log, p.now, prometheus.NewRegistry()), players: map[string]*player{}, started: make(chan struct{})}
	for _, name := range modules() {
		i.players[name] = &player{name: name, db: p.dbs[name], publish: i.bus.Publisher(p.dbs[name]), trouble: p.trouble}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.instances = append(p.instances, i)
	return i
}

// start delivers to the consumers that are named; it tries again as long as the database is in trouble.
func (p *process) start(i *instance, consumers []string) error {
	defer close(i.started)
	var subs []bus.Subscription
	for _, name := range consumers {
		sub := i.players[name].subscription()
		sub.Deadline = p.deadline
		subs = append(subs, sub)
	}
	for !p.wire.Dead() {
		err := i.bus.Start(context.WithoutCancel(p.t.Context()), manifests(consumers), subs)
		if err == nil || !sqldb.IsInfrastructure(err) {
			return err
		}
	}
	return nil
}

// stop ends an instance in good order.
func (p *process) stop(i *instance) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.t.Context()), 10*time.Minute)
	defer cancel()
	p.mu.Lock()
	p.instances = slices.DeleteFunc(p.instances, func(other *instance) bool { return other == i })
	p.mu.Unlock()
	<-i.started
	if err := i.bus.Stop(ctx); err != nil {
		return fmt.Errorf("an instance does not stop: %w", err)
	}
	return nil
}

func (p *process) all() []*instance {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.instances)
}

// some is one of the instances, chosen by a number.
func (p *process) some(number int) *instance {
	instances := p.all()
	if len(instances) == 0 {
		return nil
	}
	return instances[number%len(instances)]
}

// close stops the instances and the connections. After Kill nothing of that reaches a database.
func (p *process) close() {
	for _, i := range p.all() {
		require.NoError(p.t, p.stop(i))
	}
	for _, db := range p.dbs {
		err := db.Close()
		if !p.wire.Dead() {
			require.NoError(p.t, err)
		}
	}
}
