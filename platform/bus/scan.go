package bus

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	scanLimit = 500 // rows a read; also in the text of the reads
	lookBack  = 60  // sweeps, at most one a second: how far back one goes. No transaction lives that long (sqldb.Options.MaxTx)
	fullEvery = time.Minute
)

// taker is what a scan feeds: a consumer's workers, or a bridge.
type taker interface {
	name() string
	put(it item) bool // waits for room; false when nothing is taken any more
}

// scan finds the pending events of one publisher for one consumer and puts them into its queue.
type scan struct {
	from  *schema
	to    taker
	valid func() bool // nil, or says whether all that is pending could be read (localEdge)
	types []string
	wake  chan struct{}
	stale chan struct{} // rows are pending: time for a sweep
	known known

	// Only the scan's own goroutine uses these.
	last  int64   // highest position seen
	trail []int64 // last, as it was at the start and at each of the past sweeps

	versions versions
}

func newScan(from *schema, to taker, types []string) *scan {
	return &scan{
		from: from, to: to, types: types, wake: make(chan struct{}, 1), stale: make(chan struct{}, 1), trail: []int64{0},
		known: known{positions: make(map[int64]bool)},
	}
}

// hint wakes the scan; a coalesced read follows, which sees whatever is committed by then.
func (s *scan) hint(pos int64) {
	s.known.hint(pos)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run scans until ctx ends, or it is not valid any more: everything at first and once a minute, the last minute once a second while
// rows are pending (which finds what other instances committed late), and what is new whenever it is
// woken.
func (s *scan) run(ctx context.Context) {
	full := time.NewTimer(0)
	defer full.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
			err = s.fenced(ctx, s.news)
		case <-s.stale:
			err = s.fenced(ctx, s.sweep)
		case <-full.C:
			err = s.fenced(ctx, s.fullPass)
			full.Reset(fullEvery - fullEvery/20 + rand.N(fullEvery/10)) //nolint:gosec // jitter needs no secrecy
		}
		if errors.Is(err, errLapsed) {
			return
		}
		if err != nil && ctx.Err() == nil {
			s.from.log.Warn("outbox not read", slog.String("consumer", s.to.name()), slog.Any("error", err))
		}
	}
}

// fenced: rows that a panic has kept from the queue are found again, as after an error.
func (s *scan) fenced(ctx context.Context, read func(ctx context.Context) error) error {
	return boundary.Fenced(ctx, s.from.log, func() error { return read(ctx) })
}

// sweepSoon asks for a sweep.
func (s *scan) sweepSoon() {
	select {
	case s.stale <- struct{}{}:
	default:
	}
}

func (s *scan) sweep(ctx context.Context) error {
	s.trail = append(s.trail, s.last)
	if len(s.trail) > lookBack {
		s.trail = s.trail[1:]
	}
	return s.pass(ctx, s.trail[0], func(outboxRow) {})
}

// fullPass reads everything. What was done before and is still there is offered for deletion again;
// what is there no longer, because others deleted it, is forgotten.
func (s *scan) fullPass(ctx context.Context) error {
	gone := s.known.done()
	err := s.pass(ctx, 0, func(row outboxRow) {
		if gone[row.Pos] {
			delete(gone, row.Pos)
			s.from.taken(row.Pos, row.Type, s.to.name())
		}
	})
	if err != nil {
		return err
	}
	for pos := range gone {
		s.known.forget(pos)
		s.from.gone(pos)
	}
	return nil
}

// pass reads all pending rows behind a position, page by page.
func (s *scan) pass(ctx context.Context, from int64, see func(outboxRow)) error {
	for {
		rows, err := s.read(ctx, from, nil)
		if err != nil {
			return err
		}
		for _, row := range rows {
			see(row)
			from = row.Pos
		}
		if err := s.dispatch(ctx, rows); err != nil {
			return err
		}
		if len(rows) < scanLimit {
			return nil
		}
	}
}

// news reads what has been committed since the last look. On SQLite rows become visible in the order of
// their positions, so that none can lie behind what was seen.
func (s *scan) news(ctx context.Context) error {
	for more := false; ; more = true {
		hints, news := s.known.takeHints(s.last, s.from.db.Engine() == sqldb.SQLite)
		if !news && !more {
			return nil
		}
		rows, err := s.read(ctx, s.last, hints)
		if err != nil {
			return err
		}
		if err := s.dispatch(ctx, rows); err != nil {
			return err
		}
		if len(rows) < scanLimit {
			return nil
		}
	}
}

// dispatch puts new rows into the queue, those of an aggregate in the order of their positions; it
// waits while the queue is full.
func (s *scan) dispatch(ctx context.Context, rows []outboxRow) error {
	earlier, err := s.predecessors(ctx, rows)
	if err != nil {
		s.versions = versions{} // which has noted rows that are not dispatched
		return err
	}
	if len(earlier) > 0 {
		rows = append(rows, earlier...)
		slices.SortFunc(rows, func(a, b outboxRow) int { return cmp.Compare(a.Pos, b.Pos) })
	}
	for _, row := range rows {
		s.last = max(s.last, row.Pos)
		if !s.known.claim(row.Pos) {
			continue
		}
		if !s.to.put(item{event: row.envelope(s.from.db.Module()), pos: row.Pos, from: s}) {
			s.known.forget(row.Pos)
			return context.Canceled
		}
	}
	return nil
}

// finished notes that the consumer is done with an event.
func (s *scan) finished(it item) {
	s.known.finish(it.pos)
	s.from.taken(it.pos, it.event.Type.Name, s.to.name())
}
