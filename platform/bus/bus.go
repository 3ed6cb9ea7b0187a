// Package bus carries facts between modules: delivered at least once, taking effect exactly once, in
// order per aggregate. An event is a row in its publisher's outbox, written in the transaction that
// makes it true; it is pending while the row exists. Every consumer has its own scan of that table,
// its own queue and its own place for events that fail, so that a sick one stops nobody else.
//
// Positions in memory are hints for finding rows early; nothing is lost when they are.
package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Bus connects the publishers and consumers of one process.
type Bus struct {
	log     *slog.Logger
	now     func() time.Time
	metrics *metrics

	deployed *Deployment
	crossing []Inlet // filled by Start

	mu         sync.Mutex
	publishers map[string]*schema
	inboxes    []*cleaner // filled by Start

	stop    context.CancelFunc
	running sync.WaitGroup
	ackers  sync.WaitGroup
	stopAck context.CancelFunc
}

// New makes a bus that does nothing before Start.
func New(log *slog.Logger, now func() time.Time, registry prometheus.Registerer) *Bus {
	return &Bus{
		log: log, now: now, metrics: newMetrics(registry), publishers: make(map[string]*schema),
		stop: func() {}, stopAck: func() {},
	}
}

// Publisher gives the module that owns db its way to publish.
func (b *Bus) Publisher(db *sqldb.DB) *Publisher {
	s := b.schema(db)
	return &Publisher{source: db.Module(), now: b.now, committed: s.committed, metrics: b.metrics}
}

func (b *Bus) schema(db *sqldb.DB) *schema {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.publishers[db.Module()]
	if !ok {
		s = newSchema(db, b.log, b.now)
		b.publishers[db.Module()] = s
	}
	return s
}

// Start registers the subscriptions in the publishers' schemas and begins to deliver. It returns an
// error when the handlers of a module differ from its manifest: a handler lost in the wiring would
// else go unnoticed while its events pile up. The manifests are those of all modules, also of such as
// other processes host (Deploy); it returns ErrNoBroker where those are not reached. After an error
// nothing runs.
func (b *Bus) Start(ctx context.Context, manifests []module.Manifest, subs []Subscription) error {
	if err := errors.Join(checkHandlers(b.hosted(manifests), subs), b.checkEdges(manifests)); err != nil {
		return err
	}
	if err := b.register(ctx, manifests); err != nil {
		return err
	}
	if err := b.prepareEdges(ctx, manifests); err != nil {
		return err
	}
	b.crossing = b.crossings(manifests)
	consumers := make([]*consumer, 0, len(subs))
	for _, sub := range subs {
		c, err := newConsumer(ctx, sub, b.now)
		if err != nil {
			return fmt.Errorf("consumer %s: %w", sub.Consumer, err)
		}
		consumers = append(consumers, c)
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	b.stop = stop
	b.startConsumers(run, manifests, consumers)
	b.inboxes = b.cleaners(manifests, consumers)
	for _, c := range b.inboxes {
		b.owned(run, &b.running, c.consumer.name, func(ctx context.Context) { c.cleanHourly(ctx, b.log) })
	}
	b.startAckers(context.WithoutCancel(ctx))
	return nil
}

func (b *Bus) startConsumers(ctx context.Context, manifests []module.Manifest, consumers []*consumer) {
	var edges []*localEdge
	bridges := b.addBridges(manifests)
	for _, c := range consumers {
		to := newWorkers(c, b.log, b.metrics)
		b.owned(ctx, &b.running, c.name, to.run)
		b.owned(ctx, &b.running, c.name, to.retryHeld)
		for _, m := range manifests {
			heard := heardFrom(m, c)
			if len(heard) == 0 {
				continue
			}
			from, local := b.publishers[m.Name]
			switch {
			case local && b.hosts(m.Name):
				s := newScan(from, to, heard)
				from.expect(heard, c.name)
				from.addScan(s)
				b.metrics.takeOver.WithLabelValues(m.Name, c.name).Set(1)
				edges = append(edges, &localEdge{scan: s, broker: b.broker(), to: to})
			case b.broker() != nil:
				in := inlet{Inlet: Inlet{Publisher: m.Name, Consumer: c.name, Types: heard}, broker: b.broker(), to: to}
				b.owned(ctx, &b.running, c.name, in.run)
			}
		}
	}
	// A schema knows all its consumers here before the first of them is done with anything.
	for _, e := range edges {
		b.owned(ctx, &b.running, e.to.consumer.name, func(ctx context.Context) { b.runEdge(ctx, e) })
	}
	for _, bridge := range bridges {
		b.owned(ctx, &b.running, bridge.from.db.Module(), bridge.run)
	}
	for _, from := range b.publishers {
		b.owned(ctx, &b.running, from.db.Module(), from.watch)
		b.owned(ctx, &b.running, from.db.Module(), from.holdEdges)
		if from.keep > 0 {
			b.owned(ctx, &b.running, from.db.Module(), from.expire)
		}
	}
}

func (b *Bus) runEdge(ctx context.Context, e *localEdge) {
	if b.deployed == nil {
		e.scan.run(ctx)
		return
	}
	e.run(ctx)
}

func (b *Bus) startAckers(ctx context.Context) {
	run, stop := context.WithCancel(ctx)
	b.stopAck = stop
	for _, s := range b.publishers {
		b.owned(run, &b.ackers, s.db.Module(), s.acknowledge)
	}
}

// owned runs a goroutine as a module's work; those that it starts are the module's too.
func (b *Bus) owned(ctx context.Context, wg *sync.WaitGroup, module string, run func(ctx context.Context)) {
	wg.Go(func() { boundary.Do(ctx, module, run) })
}

// Stop takes no further event, waits for the transactions that run, and deletes the rows that are
// done. What is left behind is pending and will be found at the next start.
func (b *Bus) Stop(ctx context.Context) error {
	b.stop()
	done := make(chan struct{})
	go func() {
		b.running.Wait()
		b.stopAck()
		b.ackers.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop the bus: %w", ctx.Err())
	}
}

const insertSubscription = "INSERT INTO bus_subscription (type, consumer) VALUES (?, ?)"

// register writes into each local publisher's schema who hears what: a row stays in the outbox until
// everybody named there has taken it.
func (b *Bus) register(ctx context.Context, manifests []module.Manifest) error {
	for _, m := range manifests {
		s, local := b.publishers[m.Name]
		if !local {
			continue
		}
		for _, listener := range manifests {
			for _, name := range heardNames(m, listener) {
				err := sqldb.InTx(ctx, s.db, func(tx *sqldb.Tx) error {
					_, err := tx.Exec(ctx, insertSubscription, name, listener.Name)
					if sqldb.IsDuplicate(err) {
						return nil
					}
					return err
				})
				if err != nil {
					return fmt.Errorf("register %s for %s: %w", listener.Name, name, err)
				}
			}
		}
	}
	return nil
}

func heardNames(publisher, listener module.Manifest) []string {
	listens := make(map[string]bool, len(listener.Listens))
	for _, name := range listener.Listens {
		listens[name] = true
	}
	return publishedAmong(publisher, listens)
}

func heardFrom(publisher module.Manifest, c *consumer) []string {
	listens := make(map[string]bool)
	for _, name := range c.types() {
		listens[name] = true
	}
	return publishedAmong(publisher, listens)
}

func publishedAmong(publisher module.Manifest, wanted map[string]bool) []string {
	var names []string
	for _, d := range publisher.Publishes {
		if wanted[d.Type.Name] {
			names = append(names, d.Type.Name)
			delete(wanted, d.Type.Name) // two versions of one event are one name
		}
	}
	return names
}
