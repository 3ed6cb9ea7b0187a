package bus

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	workerCount = 16 // transactions at a time of a consumer's handlers that take one event
	maxSet      = 64 // events
)

// workers take the events in a consumer's queue. A handler for sets has one worker: what comes while its
// transaction runs, and in a short rest after it, makes the next set. So sets grow with the load, and a
// lone event does not wait.
type workers struct {
	consumer *consumer
	queue    *queue
	log      *slog.Logger
	metrics  *metrics
	parked   chan struct{} // wakes retryHeld
	over     chan struct{} // closed when nothing is taken any more, and no transaction runs
}

func newWorkers(c *consumer, log *slog.Logger, m *metrics) *workers {
	return &workers{
		consumer: c, queue: newQueue(c.handlers), log: log.With(slog.String("consumer", c.name)), metrics: m,
		parked: make(chan struct{}, 1), over: make(chan struct{}),
	}
}

func (w *workers) name() string     { return w.consumer.name }
func (w *workers) put(it item) bool { return w.queue.put(it) }

// run works until ctx ends and the running transactions are done.
func (w *workers) run(ctx context.Context) {
	defer close(w.over)
	defer context.AfterFunc(ctx, w.queue.close)()
	var running sync.WaitGroup
	for range workerCount {
		running.Go(func() { w.workSingly(ctx) })
	}
	seen := make(map[*line]bool)
	for _, l := range w.queue.sets {
		if !seen[l] {
			seen[l] = true
			running.Go(func() { w.workInSets(ctx, l) })
		}
	}
	running.Wait()
}

func (w *workers) workSingly(ctx context.Context) {
	for {
		items := w.queue.take(w.queue.singles, 1)
		if len(items) == 0 {
			return
		}
		w.finish(ctx, items[0])
	}
}

func (w *workers) workInSets(ctx context.Context, l *line) {
	for {
		items := w.queue.take(l, maxSet)
		if len(items) == 0 {
			return
		}
		set, later, broken := w.consumer.formSet(items)
		for _, it := range slices.Backward(later) {
			w.queue.giveBack(l, it)
		}
		for _, it := range broken {
			w.finish(ctx, it)
		}
		w.finishSet(ctx, set)
		if len(set) > 1 {
			w.queue.gather(ctx, l)
		}
	}
}

// finishSet brings the events of a set to their end: all at once, or one by one when that fails.
func (w *workers) finishSet(ctx context.Context, set []member) {
	for len(set) > 1 {
		err := w.fenced(ctx, func(ctx context.Context) error { return w.consumer.takeSet(ctx, facts(set)) })
		if err == nil {
			for _, m := range set {
				w.finished(m.item, "done")
			}
			return
		}
		if !errors.Is(err, errMixed) {
			w.log.Debug("set is taken one by one", slog.Int("events", len(set)), slog.Any("error", err))
			break
		}
		fresh := w.sift(ctx, set)
		if len(fresh) == len(set) {
			break
		}
		set = fresh
	}
	for _, m := range set {
		w.finish(ctx, m.item)
	}
}

// sift brings those events of a set to their end that were taken before, or whose aggregate has events
// held, and answers the others.
func (w *workers) sift(ctx context.Context, set []member) []member {
	var stale map[id.UUID]bool
	err := w.fenced(ctx, func(ctx context.Context) (err error) {
		stale, err = w.consumer.stale(ctx, facts(set))
		return err
	})
	if err != nil {
		return set
	}
	return slices.DeleteFunc(slices.Clone(set), func(m member) bool {
		if stale[m.event.ID] {
			w.finish(ctx, m.item)
		}
		return stale[m.event.ID]
	})
}

// finish brings one event to its end: taken, or held. Trouble with the database is no end: the same
// event is tried again, and nothing is skipped.
func (w *workers) finish(ctx context.Context, it item) {
	for attempt := 1; ctx.Err() == nil; attempt++ {
		result, err := w.take(ctx, it)
		if err == nil {
			w.finished(it, result)
			return
		}
		w.log.Warn("event waits for the database", slog.String("event", it.event.ID.String()),
			slog.Int("attempt", attempt), slog.Any("error", err))
		pause(ctx, attempt)
	}
}

func (w *workers) finished(it item, result string) {
	w.metrics.taken(w.consumer.name, it.event, result, w.consumer.now())
	it.from.finished(it)
	w.queue.done(it)
}

// fenced lets a transaction end that has begun, whatever becomes of ctx, and keeps a panic of anything in
// it from ending more than itself.
func (w *workers) fenced(ctx context.Context, f func(ctx context.Context) error) error {
	ctx = context.WithoutCancel(ctx)
	return boundary.Fenced(ctx, w.log, func() error { return f(ctx) })
}

// take answers only errors of the database; a handler's own are parked with the event.
func (w *workers) take(ctx context.Context, it item) (result string, err error) {
	e := it.event
	err = w.fenced(ctx, func(ctx context.Context) error { return w.consumer.take(ctx, e) })
	if err == nil {
		return "done", nil
	}
	if sqldb.IsInfrastructure(err) {
		return "", err
	}
	w.log.Error("event is held", slog.String("event", e.ID.String()), slog.String("type", e.Type.String()),
		slog.String("aggregate", e.Aggregate.ID.String()), slog.Any("error", err))
	cause := err
	if err := w.fenced(ctx, func(ctx context.Context) error { return w.consumer.park(ctx, e, cause) }); err != nil {
		return "", err
	}
	select {
	case w.parked <- struct{}{}:
	default:
	}
	return "held", nil
}

func pause(ctx context.Context, attempt int) {
	limit := min(10*time.Millisecond<<min(attempt, 10), 5*time.Second)
	timer := time.NewTimer(limit/2 + rand.N(limit/2)) //nolint:gosec // jitter
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
