package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	ackEvery = 250 * time.Millisecond
	ackBatch = 500

	watchEvery = time.Second
)

// schema is the outbox of one publisher in this process: it wakes the scans after commits, and
// deletes the rows that all registered consumers are done with.
type schema struct {
	db  *sqldb.DB
	log *slog.Logger
	now func() time.Time

	lease  lease
	acking sync.Mutex // while rows that are done are deleted

	mu        sync.Mutex
	scans     []*scan
	hosted    map[string][]string // by type: its consumers in this process
	done      map[int64][]string  // by position: who has taken it, while others here have not
	deletable []taken

	bridged []string       // types that a bridge takes
	keep    time.Duration  // how long a row that it has taken stays
	marks   map[int64]Mark // by position: how far the broker had come, if the row is to be kept
}

// taken is a row that every consumer of this process is done with.
type taken struct {
	pos int64
	of  string // its type
}

func newSchema(db *sqldb.DB, log *slog.Logger, now func() time.Time) *schema {
	return &schema{
		db: db, log: log.With(slog.String("module", db.Module())), now: now,
		hosted: make(map[string][]string), done: make(map[int64][]string), marks: make(map[int64]Mark),
	}
}

func (s *schema) addScan(sc *scan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scans = append(s.scans, sc)
}

func (s *schema) removeScan(sc *scan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scans = slices.DeleteFunc(s.scans, func(other *scan) bool { return other == sc })
}

// expect says that a consumer in this process takes some types, whether it has a scan yet or not.
func (s *schema) expect(types []string, consumer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range types {
		s.hosted[name] = append(s.hosted[name], consumer)
	}
}

func (s *schema) allScans() []*scan {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.scans)
}

// committed wakes the scans that hear a type of event. The position of the new row comes along as a hint
// where to look: with several writers rows become visible in another order than that of their positions.
func (s *schema) committed(pos int64, of string) {
	for _, sc := range s.allScans() {
		if slices.Contains(sc.types, of) {
			sc.hint(pos)
		}
	}
}

const selectAny = "SELECT pos FROM bus_outbox LIMIT 1"

// watch lets the scans sweep once a second while rows are pending. One question for all of them keeps
// an idle shop quiet.
func (s *schema) watch(ctx context.Context) {
	timer := time.NewTimer(watchEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			timer.Reset(watchEvery + rand.N(watchEvery/10)) //nolint:gosec // jitter
		}
		var pos int64
		err := s.fenced(ctx, func(ctx context.Context) error { return s.db.Get(ctx, &pos, selectAny) })
		if err != nil {
			if !sqldb.IsNoRows(err) && ctx.Err() == nil {
				s.log.Warn("outbox not watched", slog.Any("error", err))
			}
			continue
		}
		for _, sc := range s.allScans() {
			sc.sweepSoon()
		}
	}
}

// taken notes that a consumer is done with a row; it may be told so again. Who took it is kept by
// name: a count would take one consumer that comes twice for two.
func (s *schema) taken(pos int64, of, consumer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	takers := s.done[pos]
	if !slices.Contains(takers, consumer) {
		takers = append(takers, consumer)
	}
	if len(takers) < len(s.hosted[of]) {
		s.done[pos] = takers
		return
	}
	delete(s.done, pos)
	s.deletable = append(s.deletable, taken{pos, of})
}

// gone notes that a row does not exist any more.
func (s *schema) gone(pos int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.done, pos)
	delete(s.marks, pos)
}

// forgetDeleted lets a scan forget rows that this process deleted.
func (s *schema) forgetDeleted(sc *scan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, pos := range sc.known.forgetDeleted() {
		delete(s.done, pos)
		delete(s.marks, pos)
	}
}

// back notes that deleted rows exist again. To the scans they are news: one that forgot them as deleted
// later would take with it who has taken them since.
func (s *schema) back(positions []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sc := range s.scans {
		sc.known.back(positions)
	}
	for _, pos := range positions {
		delete(s.done, pos)
	}
}

// acknowledge deletes what is done, in batches, until ctx ends; then once more.
func (s *schema) acknowledge(ctx context.Context) {
	tick := time.NewTicker(ackEvery)
	defer tick.Stop()
	minute := time.NewTicker(time.Minute)
	defer minute.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			err := s.fenced(context.WithoutCancel(ctx), func(ctx context.Context) error {
				return errors.Join(s.flush(ctx), s.release(ctx))
			})
			if err != nil {
				s.log.Warn("acknowledgement failed", slog.Any("error", err))
			}
			return
		case <-tick.C:
			err = s.fenced(ctx, s.flush)
		case <-minute.C:
			err = s.fenced(ctx, s.deleteUnheard)
		}
		if err != nil && ctx.Err() == nil {
			s.log.Warn("acknowledgement failed", slog.Any("error", err))
		}
	}
}

func (s *schema) fenced(ctx context.Context, do func(ctx context.Context) error) error {
	return boundary.Fenced(ctx, s.log, func() error { return do(ctx) })
}

// flush deletes the rows that are done. After an error it tries the rest again next time; a row that
// is lost sight of is found by a full pass, and every inbox knows its event.
func (s *schema) flush(ctx context.Context) error {
	s.acking.Lock()
	defer s.acking.Unlock()
	rows := s.takeDeletable()
	if len(rows) == 0 {
		return nil
	}
	defer func() { s.putBack(rows) }() // what is left after an error, or after a panic
	foreign, err := s.heardElsewhere(ctx)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(row taken) bool { return foreign[row.of] })
	for len(rows) > 0 {
		n := min(len(rows), ackBatch)
		if err := s.acknowledgeRows(ctx, rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func (s *schema) acknowledgeRows(ctx context.Context, rows []taken) error {
	positions := make([]int64, len(rows))
	for i, row := range rows {
		positions[i] = row.pos
	}
	if err := s.dispose(ctx, positions); err != nil {
		return err
	}
	s.forgetMarks(positions)
	for _, sc := range s.allScans() {
		sc.known.noteDeleted(positions)
	}
	return nil
}

// dispose deletes rows; those that a bridge has taken are kept elsewhere for a while.
func (s *schema) dispose(ctx context.Context, positions []int64) error {
	if s.keep > 0 {
		return s.keepInstead(ctx, positions)
	}
	return s.deletePositions(ctx, deleteRows, positions)
}

func (s *schema) forgetMarks(positions []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, pos := range positions {
		delete(s.marks, pos)
	}
}

func (s *schema) takeDeletable() []taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := s.deletable
	s.deletable = nil
	slices.SortFunc(rows, func(a, b taken) int { return int(a.pos - b.pos) })
	return rows
}

func (s *schema) putBack(rows []taken) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deletable = append(s.deletable, rows...)
}

const selectSubscriptions = "SELECT type, consumer FROM bus_subscription"

// heardElsewhere answers the types that a consumer outside this process hears: their rows are left
// to a process that has all. It is read anew before each deletion, because another process may have
// registered a consumer meanwhile. A bridge answers for the consumers that it carries.
func (s *schema) heardElsewhere(ctx context.Context) (map[string]bool, error) {
	var rows []struct {
		Type     string `db:"type"`
		Consumer string `db:"consumer"`
	}
	if err := s.db.Select(ctx, &rows, selectSubscriptions); err != nil {
		return nil, fmt.Errorf("read subscriptions of %s: %w", s.db.Module(), err)
	}
	var carried map[string]bool
	if len(s.bridged) > 0 {
		var err error
		if carried, err = s.carried(ctx); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	foreign := make(map[string]bool)
	for _, row := range rows {
		bridged := carried[row.Consumer] && slices.Contains(s.bridged, row.Type)
		if !bridged && !slices.Contains(s.hosted[row.Type], row.Consumer) {
			foreign[row.Type] = true
		}
	}
	return foreign, nil
}

const (
	selectUnheard = `SELECT o.pos FROM bus_outbox o WHERE NOT EXISTS (
		SELECT 1 FROM bus_subscription s WHERE s.type = o.type) ORDER BY o.pos LIMIT 500`
	deleteUnheardRows = "DELETE FROM bus_outbox WHERE pos IN (?) AND type NOT IN (SELECT type FROM bus_subscription)"
	deleteRows        = "DELETE FROM bus_outbox WHERE pos IN (?)"
)

// deleteUnheard deletes events that nobody hears.
func (s *schema) deleteUnheard(ctx context.Context) error {
	for {
		var positions []int64
		if err := s.db.Select(ctx, &positions, selectUnheard); err != nil || len(positions) == 0 {
			return err
		}
		if err := s.deletePositions(ctx, deleteUnheardRows, positions); err != nil {
			return err
		}
	}
}

func (s *schema) deletePositions(ctx context.Context, query string, positions []int64) error {
	return sqldb.InTx(ctx, s.db, func(tx *sqldb.Tx) error {
		_, err := tx.ExecIn(ctx, query, positions)
		return err
	})
}
