package bus

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	scanLimit  = 500
	sweepEvery = time.Second
	lookBack   = 60 // sweeps: how far back one goes. No transaction lives that long (sqldb.Options.MaxTx)
	fullEvery  = 60 // sweeps
)

// scan finds the pending events of one publisher for one consumer and puts them into its lanes.
type scan struct {
	from  *schema
	lanes *lanes
	types []string
	wake  chan struct{}

	mu    sync.Mutex
	known map[int64]bool // positions in the lanes (false) or done (true), until their rows are gone
	hints []int64        // positions committed here that may lie behind last

	// Only the scan's own goroutine uses these.
	last  int64   // highest position seen
	trail []int64 // last, as it was at each of the past sweeps
}

func newScan(from *schema, l *lanes, types []string) *scan {
	return &scan{from: from, lanes: l, types: types, wake: make(chan struct{}, 1), known: make(map[int64]bool)}
}

// hint wakes the scan; a coalesced read follows, which sees whatever is committed by then.
func (s *scan) hint(pos int64) {
	s.mu.Lock()
	s.hints = append(s.hints, pos)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *scan) takeHints() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	hints := s.hints
	s.hints = nil
	return hints
}

// forget drops positions whose rows were deleted.
func (s *scan) forget(positions []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, pos := range positions {
		delete(s.known, pos)
	}
}

// claim says whether a position is new, and takes note of it.
func (s *scan) claim(pos int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.known[pos]; known {
		return false
	}
	s.known[pos] = false
	return true
}

// run scans until ctx ends: everything at first and once a minute, the last minute once a second
// (which finds what other instances committed late), and what is new whenever it is woken.
func (s *scan) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for sweeps := 0; ; {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
			err = s.news(ctx)
		case <-timer.C:
			err = s.sweep(ctx, sweeps)
			sweeps++
			timer.Reset(sweepEvery - sweepEvery/20 + rand.N(sweepEvery/10)) //nolint:gosec // jitter
		}
		if err != nil && ctx.Err() == nil {
			s.from.log.Warn("outbox not read", slog.String("consumer", s.lanes.consumer.name), slog.Any("error", err))
		}
	}
}

func (s *scan) sweep(ctx context.Context, n int) error {
	from := int64(0)
	if n%fullEvery != 0 && len(s.trail) > 0 {
		from = s.trail[0]
	}
	s.trail = append(s.trail, s.last)
	if len(s.trail) > lookBack {
		s.trail = s.trail[1:]
	}
	if n%fullEvery == 0 {
		return s.fullPass(ctx)
	}
	_, err := s.pass(ctx, from)
	return err
}

// fullPass reads everything, and forgets positions whose rows others have deleted.
func (s *scan) fullPass(ctx context.Context) error {
	before := s.last
	seen, err := s.pass(ctx, 0)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for pos, done := range s.known {
		if done && pos <= before && !seen[pos] {
			delete(s.known, pos)
		}
	}
	return nil
}

// pass reads all pending rows behind a position, page by page, and answers which it saw.
func (s *scan) pass(ctx context.Context, from int64) (map[int64]bool, error) {
	seen := make(map[int64]bool)
	for {
		rows, err := s.read(ctx, from, nil)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			seen[row.Pos] = true
			from = row.Pos
		}
		if err := s.dispatch(ctx, rows); err != nil {
			return nil, err
		}
		if len(rows) < scanLimit {
			return seen, nil
		}
	}
}

// news reads what has been committed since the last look.
func (s *scan) news(ctx context.Context) error {
	for {
		hints := slices.DeleteFunc(s.takeHints(), func(pos int64) bool { return pos > s.last })
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

const (
	selectRows  = "SELECT " + outboxColumns + " FROM bus_outbox WHERE type IN (?) AND pos > ? ORDER BY pos LIMIT ?"
	selectHints = "SELECT " + outboxColumns + " FROM bus_outbox WHERE type IN (?) AND (pos > ? OR pos IN (?)) ORDER BY pos LIMIT ?"
	selectOlder = "SELECT " + outboxColumns + " FROM bus_outbox WHERE agg_id IN (?) AND agg_type IN (?) AND type IN (?) AND pos < ? ORDER BY pos"
)

func (s *scan) read(ctx context.Context, from int64, hints []int64) ([]outboxRow, error) {
	if len(hints) == 0 {
		return s.query(ctx, selectRows, s.types, from, scanLimit)
	}
	return s.query(ctx, selectHints, s.types, from, hints, scanLimit)
}

func (s *scan) query(ctx context.Context, query string, args ...any) ([]outboxRow, error) {
	q, flat, err := sqlx.In(query, args...)
	if err != nil {
		return nil, err
	}
	var rows []outboxRow
	err = s.from.db.Select(ctx, &rows, q, flat...)
	return rows, err
}

// predecessors finds earlier rows of the same aggregates. A publisher's row lock makes version n
// visible before n+1, but with several writers n may have become visible after the scan had passed
// its position. SQLite has one writer: there, rows become visible in the order of their positions.
func (s *scan) predecessors(ctx context.Context, rows []outboxRow) ([]outboxRow, error) {
	if s.from.db.Engine() == sqldb.SQLite {
		return nil, nil
	}
	var ids []id.UUID
	var highest int64
	types := make(map[string]bool, 1)
	for _, row := range rows {
		highest = max(highest, row.Pos)
		if row.AggSeq > 1 {
			ids = append(ids, row.AggID)
			types[row.AggType] = true
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	names := make([]string, 0, len(types))
	for name := range types {
		names = append(names, name)
	}
	return s.query(ctx, selectOlder, ids, names, s.types, highest)
}

// dispatch puts new rows into the lanes, those of an aggregate in the order of their positions; it
// waits when a lane is full.
func (s *scan) dispatch(ctx context.Context, rows []outboxRow) error {
	earlier, err := s.predecessors(ctx, rows)
	if err != nil {
		return err
	}
	rows = append(rows, earlier...)
	slices.SortFunc(rows, func(a, b outboxRow) int { return int(a.Pos - b.Pos) })
	for _, row := range rows {
		s.last = max(s.last, row.Pos)
		if !s.claim(row.Pos) {
			continue
		}
		e, err := row.envelope(s.from.db.Module())
		if err != nil {
			return fmt.Errorf("position %d: %w", row.Pos, err)
		}
		if !s.lanes.put(ctx, item{event: e, pos: row.Pos, scan: s}) {
			s.forget([]int64{row.Pos})
			return ctx.Err()
		}
	}
	return nil
}

// finished notes that the consumer is done with an event.
func (s *scan) finished(pos int64, t event.Type) {
	s.mu.Lock()
	s.known[pos] = true
	s.mu.Unlock()
	s.from.taken(pos, t.Name)
}
