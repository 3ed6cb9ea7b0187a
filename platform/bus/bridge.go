package bus

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/module"
)

const (
	bridgeName = "(broker)" // as a consumer; no module has such a name

	bridgeBatch = 256 // events handed to the broker at once
	bridgeHands = 2   // batches at a time: one is read while the other is confirmed

	refusedRest = time.Second // of an event that is refused while others are not
)

// bridge publishes what listeners in other processes hear of one publisher. All instances of the
// publisher do: the broker knows an event by its ID, and nobody has to notice first that another died.
//
// It works in sessions. A session is one connection, a scan from the first pending row on, and a queue in
// which an event waits until the one before it of its aggregate is confirmed. After any doubt about the
// broker the session ends, and nothing of it is carried into the next one but what is in the database.
type bridge struct {
	from   *schema
	broker Broker
	types  []string
	log    *slog.Logger
	doubt  bool // the last session ended with ErrForgotten
}

// addBridges prepares bridges from publishers here to listeners elsewhere.
func (b *Bus) addBridges(manifests []module.Manifest) []*bridge {
	var all []*bridge
	for _, m := range manifests {
		from, local := b.publishers[m.Name]
		if !local || !b.hosts(m.Name) || b.broker() == nil {
			continue
		}
		away := make(map[string]bool)
		for _, listener := range manifests {
			if b.hosts(listener.Name) {
				continue
			}
			for _, name := range listener.Listens {
				away[name] = true
			}
		}
		if types := publishedAmong(m, away); len(types) > 0 {
			from.bridge(types, b.deployed.Keep)
			all = append(all, &bridge{from: from, broker: b.broker(), types: types, log: from.log})
		}
	}
	return all
}

// run bridges until ctx ends. A broker that is away is told of once.
func (b *bridge) run(ctx context.Context) {
	lost := false
	for attempt := 1; ctx.Err() == nil; attempt++ {
		err := boundary.Fenced(ctx, b.log, func() error {
			return b.session(ctx, func() {
				if lost {
					b.log.Info("broker is back: events are published again")
				}
				lost, attempt = false, 1
			})
		})
		if ctx.Err() != nil {
			return
		}
		b.doubt = b.doubt || errors.Is(err, ErrForgotten)
		if !lost {
			b.log.Warn("broker is away: events wait in the outbox", slog.Any("error", err))
		}
		lost = true
		pause(ctx, min(attempt, 7))
	}
}

// session bridges until the broker is lost. It calls begun when it has one.
func (b *bridge) session(ctx context.Context, begun func()) error {
	outlet, err := b.broker.Open(ctx, b.from.db.Module())
	if err != nil {
		return err
	}
	defer outlet.Close()
	restored, err := b.from.resume(ctx, outlet.Mark(), b.doubt)
	if err != nil {
		return err
	}
	if restored > 0 {
		b.log.Error("broker has lost events that it had confirmed: those kept are published again", slog.Int64("events", restored))
	}
	b.doubt = false
	begun()
	run, end := context.WithCancelCause(ctx)
	defer end(nil)
	f := &forwarder{outlet: outlet, queue: newQueue(nil), log: b.log, end: end}
	scan := newScan(b.from, f, b.types)
	b.from.addScan(scan)
	defer b.from.removeScan(scan)
	f.scanned = scan
	f.run(run, scan)
	return context.Cause(run)
}

// forwarder is one session's queue, and the hands that empty it.
type forwarder struct {
	outlet  Outlet
	queue   *queue
	log     *slog.Logger
	end     context.CancelCauseFunc
	scanned *scan
}

func (f *forwarder) name() string     { return bridgeName }
func (f *forwarder) put(it item) bool { return f.queue.put(it) }

// run works until ctx ends, and what was handed over is confirmed or refused.
func (f *forwarder) run(ctx context.Context, s *scan) {
	defer context.AfterFunc(ctx, f.queue.close)()
	var all sync.WaitGroup
	all.Go(func() { s.run(ctx) })
	all.Go(func() {
		select {
		case <-f.outlet.Lost():
			f.end(ErrOutletLost)
		case <-ctx.Done():
		}
	})
	for range bridgeHands {
		all.Go(func() { f.forward(ctx) })
	}
	all.Wait()
}

func (f *forwarder) forward(ctx context.Context) {
	for refusals := 0; ; {
		items := f.queue.take(f.queue.singles, bridgeBatch)
		if len(items) == 0 {
			return
		}
		err := f.publish(ctx, items)
		if sessionOver(err) {
			f.end(err)
			return
		}
		if err != nil {
			refusals++
			f.log.Warn("broker refuses events: they wait in the outbox", slog.Int("attempt", refusals), slog.Any("error", err))
			pause(ctx, refusals)
			continue
		}
		refusals = 0
	}
}

// publish hands a batch over. What is refused waits again, and its aggregate with it; an error says that
// all were refused.
func (f *forwarder) publish(ctx context.Context, items []item) error {
	events := make([]event.Envelope, len(items))
	for i, it := range items {
		events[i] = it.event
	}
	var refused []item
	var cause error
	for i, receipt := range f.outlet.Publish(context.WithoutCancel(ctx), events) {
		it := items[i]
		switch err := receipt.Err; {
		case err == nil:
			f.scanned.from.confirmed(it.pos, receipt.Mark)
			it.from.finished(it)
			f.queue.done(it)
		case sessionOver(err):
			return err // nothing of this session goes on
		default:
			refused, cause = append(refused, it), err
		}
	}
	if len(refused) == len(items) {
		f.giveBack(refused)
		return cause
	}
	if len(refused) > 0 { // the others are not kept waiting for these
		f.log.Warn("broker refuses some events: they wait in the outbox", slog.Int("events", len(refused)), slog.Any("error", cause))
		time.AfterFunc(refusedRest, func() { f.giveBack(refused) })
	}
	return nil
}

func (f *forwarder) giveBack(items []item) {
	for _, it := range items {
		f.queue.giveBack(f.queue.singles, it)
	}
}

func sessionOver(err error) bool {
	return errors.Is(err, ErrOutletLost) || errors.Is(err, ErrForgotten)
}
