package bus

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	ackEvery = 100 * time.Millisecond
	ackBatch = 500
)

// schema is the outbox of one publisher in this process: it wakes the scans after commits, and
// deletes the rows that all registered consumers are done with.
type schema struct {
	db  *sqldb.DB
	log *slog.Logger

	mu         sync.Mutex
	scans      []*scan
	registered map[string]int // by type: how many consumers must take it
	hosted     map[string]int // by type: how many of them this process has
	done       map[int64]int  // by position: how many have taken it
	deletable  []int64
}

func newSchema(db *sqldb.DB, log *slog.Logger) *schema {
	return &schema{
		db: db, log: log.With(slog.String("module", db.Module())),
		registered: make(map[string]int), hosted: make(map[string]int), done: make(map[int64]int),
	}
}

func (s *schema) addScan(sc *scan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scans = append(s.scans, sc)
	for _, name := range sc.types {
		s.hosted[name]++
	}
}

// committed wakes the scans. The position of the new row comes along as a hint where to look: with
// several writers rows become visible in another order than that of their positions.
func (s *schema) committed(pos int64) {
	s.mu.Lock()
	scans := s.scans
	s.mu.Unlock()
	for _, sc := range scans {
		sc.hint(pos)
	}
}

const selectSubscriptions = "SELECT type, consumer FROM bus_subscription"

// loadSubscriptions reads for whom rows must be kept, and how many.
func (s *schema) loadSubscriptions(ctx context.Context) error {
	var rows []struct {
		Type     string `db:"type"`
		Consumer string `db:"consumer"`
	}
	if err := s.db.Select(ctx, &rows, selectSubscriptions); err != nil {
		return fmt.Errorf("read subscriptions of %s: %w", s.db.Module(), err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.registered)
	for _, row := range rows {
		s.registered[row.Type]++
	}
	return nil
}

// taken notes that one more consumer is done with a row. Only a process that hosts every registered
// consumer of the type may delete it; others leave it to one that does.
func (s *schema) taken(pos int64, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hosted[name] < s.registered[name] {
		return
	}
	s.done[pos]++
	if s.done[pos] >= s.registered[name] {
		delete(s.done, pos)
		s.deletable = append(s.deletable, pos)
	}
}

// acknowledge deletes what is done, in batches, until ctx ends; then once more.
func (s *schema) acknowledge(ctx context.Context) {
	tick := time.NewTicker(ackEvery)
	defer tick.Stop()
	minute := time.NewTicker(time.Minute)
	defer minute.Stop()
	for {
		select {
		case <-ctx.Done():
			s.flush(context.WithoutCancel(ctx))
			return
		case <-tick.C:
			s.flush(ctx)
		case <-minute.C:
			s.refresh(ctx)
		}
	}
}

// refresh learns of consumers that were registered meanwhile, and deletes events that nobody hears.
func (s *schema) refresh(ctx context.Context) {
	if err := s.loadSubscriptions(ctx); err != nil {
		s.log.Warn("subscriptions not read", slog.Any("error", err))
		return
	}
	if err := s.deleteUnheard(ctx); err != nil {
		s.log.Warn("unheard events not deleted", slog.Any("error", err))
	}
}

const (
	selectUnheard = `SELECT o.pos FROM bus_outbox o WHERE NOT EXISTS (
		SELECT 1 FROM bus_subscription s WHERE s.type = o.type) ORDER BY o.pos LIMIT 500`
	deleteRows = "DELETE FROM bus_outbox WHERE pos IN (?)"
)

func (s *schema) deleteUnheard(ctx context.Context) error {
	for {
		var positions []int64
		if err := s.db.Select(ctx, &positions, selectUnheard); err != nil || len(positions) == 0 {
			return err
		}
		if err := s.deletePositions(ctx, positions); err != nil {
			return err
		}
	}
}

func (s *schema) flush(ctx context.Context) {
	s.mu.Lock()
	positions := s.deletable
	s.deletable = nil
	s.mu.Unlock()
	slices.Sort(positions)
	for chunk := range slices.Chunk(positions, ackBatch) {
		if err := s.deletePositions(ctx, chunk); err != nil {
			// The rows are found again by the next full pass, and every inbox knows them.
			s.log.Warn("acknowledgement failed", slog.Any("error", err))
		}
		for _, sc := range s.scans {
			sc.forget(chunk)
		}
	}
}

func (s *schema) deletePositions(ctx context.Context, positions []int64) error {
	return sqldb.InTx(ctx, s.db, func(tx *sqldb.Tx) error {
		_, err := tx.ExecIn(ctx, deleteRows, positions)
		return err
	})
}
