package bus

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
)

// What a queue holds at most. The rest stays where it is, in the outbox.
const (
	queueEvents = 1024
	queueBytes  = 16 << 20 // of payloads
)

// queue holds the events that the scans of a consumer have found, in a sequence for each aggregate. Only
// the first event of a sequence is to be had; the next one when that is done. So an aggregate's events
// are taken in their order, while those of others go on.
type queue struct {
	mu        sync.Mutex
	room      *sync.Cond
	sequences map[aggregate]*sequence
	sets      map[event.Type]*line
	singles   *line
	events    int
	bytes     int
	closed    bool
}

type item struct {
	event event.Envelope
	pos   int64 // in the outbox that it comes from
	from  origin
}

// origin is where an event came from: a scan, or a broker.
type origin interface {
	finished(it item)
}

type aggregate struct {
	kind string
	id   id.UUID
}

type sequence struct {
	of    aggregate
	items []item
}

// line is where sequences wait for the same workers: those whose first event has a handler for sets in
// a line of that handler, all others in one.
type line struct {
	waiting []*sequence
	ready   *sync.Cond
	full    chan struct{} // a whole set waits
}

func newQueue(handlers map[event.Type]*Handler) *queue {
	q := &queue{sequences: make(map[aggregate]*sequence), sets: make(map[event.Type]*line)}
	q.room = sync.NewCond(&q.mu)
	q.singles = q.newLine()
	lines := make(map[*Handler]*line)
	for t, h := range handlers {
		if h.key == nil {
			continue
		}
		if lines[h] == nil {
			lines[h] = q.newLine()
		}
		q.sets[t] = lines[h]
	}
	return q
}

func (q *queue) newLine() *line {
	return &line{ready: sync.NewCond(&q.mu), full: make(chan struct{}, 1)}
}

// put waits for room; false when the queue is closed.
func (q *queue) put(it item) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.closed && (q.events >= queueEvents || q.bytes >= queueBytes) {
		q.room.Wait()
	}
	if q.closed {
		return false
	}
	q.events++
	q.bytes += len(it.event.Payload)
	of := aggregate{it.event.Aggregate.Type, it.event.Aggregate.ID}
	s := q.sequences[of]
	if s == nil {
		s = &sequence{of: of}
		q.sequences[of] = s
	}
	s.items = append(s.items, it)
	if len(s.items) == 1 {
		q.enter(s)
	}
	return true
}

// enter lets a sequence wait in the line of its first event.
func (q *queue) enter(s *sequence) {
	l, ok := q.sets[s.items[0].event.Type]
	if !ok {
		l = q.singles
	}
	l.waiting = append(l.waiting, s)
	l.ready.Signal()
	if len(l.waiting) == maxSet {
		select {
		case l.full <- struct{}{}:
		default:
		}
	}
}

// gatherFor is how long a worker rests after a set of several, unless a whole one waits: under load that
// halves the commits, and every file's next fsync waits for those before it.
const gatherFor = 8 * time.Millisecond

func (q *queue) gather(ctx context.Context, l *line) {
	if q.waiting(l) >= maxSet {
		return
	}
	timer := time.NewTimer(gatherFor)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.full:
	case <-ctx.Done():
	}
}

func (q *queue) waiting(l *line) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(l.waiting)
}

// take waits for the first events of up to limit sequences; none when the queue is closed.
func (q *queue) take(l *line, limit int) []item {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.closed && len(l.waiting) == 0 {
		l.ready.Wait()
	}
	if q.closed {
		return nil
	}
	n := min(limit, len(l.waiting))
	items := make([]item, n)
	for i, s := range l.waiting[:n] {
		items[i] = s.items[0]
	}
	l.waiting = slices.Delete(l.waiting, 0, n)
	return items
}

// giveBack lets an event that was taken wait again, before all others.
func (q *queue) giveBack(l *line, it item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.sequences[aggregate{it.event.Aggregate.Type, it.event.Aggregate.ID}]
	l.waiting = slices.Insert(l.waiting, 0, s)
	l.ready.Signal()
}

// done lets the next event of its aggregate be taken.
func (q *queue) done(it item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.sequences[aggregate{it.event.Aggregate.Type, it.event.Aggregate.ID}]
	s.items = slices.Delete(s.items, 0, 1)
	if len(s.items) == 0 {
		delete(q.sequences, s.of)
	} else {
		q.enter(s)
	}
	q.events--
	q.bytes -= len(it.event.Payload)
	q.room.Broadcast()
}

// close sends everybody home who waits. What the queue holds is in the outbox still.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.room.Broadcast()
	q.singles.ready.Broadcast()
	for _, l := range q.sets {
		l.ready.Broadcast()
	}
}
