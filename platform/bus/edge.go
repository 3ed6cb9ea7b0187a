package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// An edge leads from a publisher to one consumer. Its events go one of two ways: a process that hosts
// both reads them from the outbox, or a bridge hands them to the broker. Each way keeps their order, and
// the inbox knows what came by the other one. But the bridge may not delete what the first way still has
// to read: the later event of an aggregate would be taken from the outbox while the earlier one is with
// the broker. So a process that hosts both holds a lease (bus_edge.local_until), and while it does,
// bridges publish and delete nothing for this consumer. Before a bridge deletes for the first time it
// says so (bus_edge.bridged), and whoever hosts both afterwards takes first what the broker still holds.
// That is the way back of a module that was moved out.
const (
	leaseFor    = 30 * time.Second
	leaseMargin = 5 * time.Second // for clocks that run differently
	renewEvery  = 10 * time.Second
)

const (
	insertEdge    = " INTO bus_edge (consumer, bridged, local_until) VALUES (?, 0, 0)"
	renewEdges    = "UPDATE bus_edge SET local_until = %s + ? WHERE consumer IN (?)"
	releaseEdges  = "UPDATE bus_edge SET local_until = 0 WHERE consumer IN (?)"
	selectEdges   = "SELECT consumer, bridged, local_until > %s AS taken FROM bus_edge"
	markBridged   = "UPDATE bus_edge SET bridged = 1 WHERE consumer = ? AND local_until < %s"
	unmarkBridged = "UPDATE bus_edge SET bridged = 0 WHERE consumer = ?"
)

// errLapsed says that rows may have been deleted that should have been read: the edge starts anew.
var errLapsed = errors.New("the lease of a local edge lapsed")

// lease is one schema's hold on the edges that are local.
type lease struct {
	mu         sync.Mutex
	consumers  []string
	until      time.Time
	generation int // of uninterrupted holding
}

// renewed notes a lease that was asked for at a moment.
func (l *lease) renewed(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at.After(l.until) {
		l.generation++
	}
	l.until = at.Add(leaseFor - leaseMargin)
}

// holding answers the generation of a lease that is held.
func (l *lease) holding(now time.Time) (generation int, held bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.generation, now.Before(l.until)
}

// needsLease: a SQLite file has one process, so that nobody else could delete.
func (s *schema) needsLease() bool {
	return len(s.lease.consumers) > 0 && s.db.Engine() != sqldb.SQLite
}

func (s *schema) clocked(query string) string { return fmt.Sprintf(query, s.db.Engine().Clock()) }

func (s *schema) insertEdges(ctx context.Context, consumers []string) error {
	for _, name := range consumers {
		err := sqldb.InTx(ctx, s.db, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, s.db.Engine().InsertIgnore()+insertEdge, name)
			return err
		})
		if err != nil {
			return fmt.Errorf("edges of %s: %w", s.db.Module(), err)
		}
	}
	return nil
}

func (s *schema) renew(ctx context.Context) error {
	if !s.needsLease() {
		return nil
	}
	asked := s.now()
	err := sqldb.InTx(ctx, s.db, func(tx *sqldb.Tx) error {
		_, err := tx.ExecIn(ctx, s.clocked(renewEdges), leaseFor.Microseconds(), s.lease.consumers)
		return err
	})
	if err != nil {
		return fmt.Errorf("lease of the local edges of %s: %w", s.db.Module(), err)
	}
	s.lease.renewed(asked)
	return nil
}

// holdEdges renews the lease until ctx ends.
func (s *schema) holdEdges(ctx context.Context) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for s.needsLease() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := boundary.Fenced(ctx, s.log, func() error { return s.renew(ctx) })
		if err != nil && ctx.Err() == nil {
			s.log.Warn("lease not renewed", slog.Any("error", err))
		}
	}
}

// release lets bridges delete at once. Nothing here reads the outbox any more.
func (s *schema) release(ctx context.Context) error {
	if !s.needsLease() {
		return nil
	}
	return sqldb.InTx(ctx, s.db, func(tx *sqldb.Tx) error {
		_, err := tx.ExecIn(ctx, releaseEdges, s.lease.consumers)
		return err
	})
}

type edgeRow struct {
	Consumer string `db:"consumer"`
	Bridged  bool   `db:"bridged"`
	Taken    bool   `db:"taken"` // by a process that hosts both
}

func (s *schema) edges(ctx context.Context) ([]edgeRow, error) {
	var rows []edgeRow
	if err := s.db.Select(ctx, &rows, s.clocked(selectEdges)); err != nil {
		return nil, fmt.Errorf("read edges of %s: %w", s.db.Module(), err)
	}
	return rows, nil
}

// carried answers the consumers for whom the bridge answers: those that no process takes from the outbox.
func (s *schema) carried(ctx context.Context) (map[string]bool, error) {
	rows, err := s.edges(ctx)
	if err != nil {
		return nil, err
	}
	carried := make(map[string]bool)
	for _, row := range rows {
		switch {
		case row.Taken, slices.Contains(s.lease.consumers, row.Consumer):
		case row.Bridged:
			carried[row.Consumer] = true
		default:
			err := sqldb.InTx(ctx, s.db, func(tx *sqldb.Tx) error {
				n, err := tx.ExecCount(ctx, s.clocked(markBridged), row.Consumer)
				carried[row.Consumer] = n == 1
				return err
			})
			if err != nil {
				return nil, fmt.Errorf("mark edge from %s to %s: %w", s.db.Module(), row.Consumer, err)
			}
		}
	}
	return carried, nil
}

// prepareEdges takes the lease of the local edges, before anything reads them.
func (b *Bus) prepareEdges(ctx context.Context, manifests []module.Manifest) error {
	if b.deployed == nil {
		return nil
	}
	var problems []error
	for _, m := range b.hosted(manifests) {
		s, local := b.publishers[m.Name]
		if !local {
			continue
		}
		var all []string
		for _, listener := range manifests {
			if len(heardNames(m, listener)) == 0 {
				continue
			}
			all = append(all, listener.Name)
			if b.hosts(listener.Name) {
				s.lease.consumers = append(s.lease.consumers, listener.Name)
			}
		}
		if err := errors.Join(s.insertEdges(ctx, all), s.renew(ctx)); err != nil {
			return err
		}
		problems = append(problems, b.checkWayBack(ctx, s))
	}
	return errors.Join(problems...)
}

// checkWayBack refuses to take an edge back without the broker that it went by.
func (b *Bus) checkWayBack(ctx context.Context, s *schema) error {
	rows, err := s.edges(ctx)
	if err != nil || b.broker() != nil {
		return err
	}
	var problems []error
	for _, row := range rows {
		if row.Bridged && slices.Contains(s.lease.consumers, row.Consumer) {
			problems = append(problems, fmt.Errorf("events of %s for %s went by a broker, which may still hold some: "+
				"start with BANYAN_BROKER until they are taken: %w", s.db.Module(), row.Consumer, ErrNoBroker))
		}
	}
	return errors.Join(problems...)
}

// localEdge leads to a consumer in the same process.
type localEdge struct {
	scan   *scan
	broker Broker // may be nil
	to     *workers
}

// run scans until ctx ends; before that, and whenever the lease has lapsed, it takes what the broker has.
func (e *localEdge) run(ctx context.Context) {
	withBroker := e.to.metrics.takeOver.WithLabelValues(e.scan.from.db.Module(), e.to.consumer.name)
	for attempt := 1; ctx.Err() == nil; attempt++ {
		var generation int
		err := boundary.Fenced(ctx, e.to.log, func() (err error) {
			generation, err = e.settle(ctx)
			return err
		})
		if err != nil {
			withBroker.Set(1)
			if ctx.Err() == nil {
				e.to.log.Warn("events of a module that was elsewhere wait", slog.String("publisher", e.scan.from.db.Module()), slog.Any("error", err))
			}
			pause(ctx, attempt)
			continue
		}
		attempt = 1
		withBroker.Set(0)
		e.scan.valid = func() bool { return e.holds(generation) }
		e.scan.run(ctx)
	}
}

func (e *localEdge) holds(generation int) bool {
	if !e.scan.from.needsLease() {
		return true
	}
	current, held := e.scan.from.lease.holding(e.scan.from.now())
	return held && current == generation
}

// settle takes the edge over: with a lease, and after the broker has nothing left for the consumer.
func (e *localEdge) settle(ctx context.Context) (generation int, err error) {
	from := e.scan.from
	if err := from.renew(ctx); err != nil {
		return 0, err
	}
	generation, _ = from.lease.holding(from.now())
	rows, err := from.edges(ctx)
	if err != nil {
		return 0, err
	}
	name := e.to.consumer.name
	if !slices.ContainsFunc(rows, func(row edgeRow) bool { return row.Consumer == name && row.Bridged }) {
		return generation, nil
	}
	if e.broker == nil {
		return 0, ErrNoBroker
	}
	if err := e.drain(ctx); err != nil {
		return 0, err
	}
	if !e.holds(generation) {
		return 0, errLapsed
	}
	return generation, sqldb.InTx(ctx, from.db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, unmarkBridged, name)
		return err
	})
}

const drainedEvery = 100 * time.Millisecond

// drain takes what the broker holds for the consumer.
func (e *localEdge) drain(ctx context.Context) error {
	in := inlet{Inlet: Inlet{Publisher: e.scan.from.db.Module(), Consumer: e.to.consumer.name, Types: e.scan.types}, broker: e.broker, to: e.to}
	run, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { in.run(run) })
	defer all.Wait()
	defer stop()
	tick := time.NewTicker(drainedEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if n, err := e.broker.Pending(ctx, in.Inlet); err == nil && n == 0 {
			return nil
		}
	}
}
