package bus

import (
	"context"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	laneCount   = 64
	laneDepth   = 16
	workerCount = 16              // transactions of one consumer at a time
	heldEvery   = time.Second     // while something is held
	heldIdle    = 3 * time.Second // else: what a lost instance held is found this late
)

type item struct {
	event event.Envelope
	pos   int64
	scan  *scan
}

// lanes keep the events of an aggregate in order while those of others go on: an aggregate always
// has the same lane, and a lane does one event at a time.
type lanes struct {
	consumer *consumer
	log      *slog.Logger
	metrics  *metrics
	queues   []chan item
	workers  chan struct{}
	parked   chan struct{} // wakes retryHeld
}

func newLanes(c *consumer, log *slog.Logger, m *metrics) *lanes {
	l := &lanes{
		consumer: c, log: log.With(slog.String("consumer", c.name)), metrics: m,
		workers: make(chan struct{}, workerCount), parked: make(chan struct{}, 1),
	}
	for range laneCount {
		l.queues = append(l.queues, make(chan item, laneDepth))
	}
	return l
}

// put waits for room in the lane of the item's aggregate; false when ctx ended first.
func (l *lanes) put(ctx context.Context, it item) bool {
	h := fnv.New32a()
	_, _ = h.Write(it.event.Aggregate.ID[:])
	select {
	case l.queues[h.Sum32()%laneCount] <- it:
		return true
	case <-ctx.Done():
		return false
	}
}

// run works the lanes until ctx ends and the running events are done.
func (l *lanes) run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, q := range l.queues {
		wg.Add(1)
		go func() {
			defer wg.Done()
			l.work(ctx, q)
		}()
	}
	wg.Wait()
}

func (l *lanes) work(ctx context.Context, q chan item) {
	for {
		select {
		case <-ctx.Done():
			return
		case it := <-q:
			select {
			case l.workers <- struct{}{}:
			case <-ctx.Done():
				return
			}
			l.finish(ctx, it)
			<-l.workers
		}
	}
}

// finish brings one event to its end: taken, or held. Trouble with the database is no end: the same
// event is tried again, and nothing is skipped.
func (l *lanes) finish(ctx context.Context, it item) {
	for attempt := 1; ctx.Err() == nil; attempt++ {
		result, err := l.take(ctx, it.event)
		if err == nil {
			l.metrics.taken(l.consumer.name, it.event, result, l.consumer.now())
			it.scan.finished(it)
			return
		}
		l.log.Warn("event waits for the database", slog.String("event", it.event.ID.String()),
			slog.Int("attempt", attempt), slog.Any("error", err))
		pause(ctx, attempt)
	}
}

// take answers only errors of the database; a handler's own are parked with the event.
func (l *lanes) take(ctx context.Context, e event.Envelope) (result string, err error) {
	ctx = context.WithoutCancel(ctx)
	err = l.consumer.take(ctx, e)
	if err == nil {
		return "done", nil
	}
	if sqldb.IsInfrastructure(err) {
		return "", err
	}
	l.log.Error("event is held", slog.String("event", e.ID.String()), slog.String("type", e.Type.String()),
		slog.String("aggregate", e.Aggregate.ID.String()), slog.Any("error", err))
	if err := l.consumer.park(ctx, e, err); err != nil {
		return "", err
	}
	select {
	case l.parked <- struct{}{}:
	default:
	}
	return "held", nil
}

// retryHeld runs held events when they are due.
func (l *lanes) retryHeld(ctx context.Context) {
	timer := time.NewTimer(heldEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.parked:
		case <-timer.C:
		}
		held, err := l.lookAtHeld(ctx)
		if err != nil && ctx.Err() == nil {
			l.log.Warn("held events not retried", slog.Any("error", err))
		}
		timer.Reset(heldIdle)
		if held || err != nil {
			timer.Reset(heldEvery)
		}
	}
}

// lookAtHeld answers whether anything waits here, if only for an operator.
func (l *lanes) lookAtHeld(ctx context.Context) (bool, error) {
	counts, err := l.consumer.heldCounts(ctx)
	if err != nil {
		return false, err
	}
	l.metrics.held(l.consumer.name, counts)
	if !slices.ContainsFunc(counts, func(c heldCount) bool { return c.State != archived }) {
		return false, nil
	}
	return true, l.consumer.retryDue(ctx)
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
