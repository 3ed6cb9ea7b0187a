package bus

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// bridge says that a bridge takes some types, and how long their rows are kept after that.
func (s *schema) bridge(types []string, keep time.Duration) {
	s.expect(types, bridgeName)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bridged, s.keep = types, keep
}

// confirmed notes how far the broker had come with a row.
func (s *schema) confirmed(pos int64, m Mark) {
	if s.keep == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.marks[pos] = m
}

// resume prepares for a new session of the bridge: all that is in the outbox is to be published (again),
// and so is what the broker has lost of the rows that were kept: those of another birth, those behind
// its last sequence; all of them in doubt. It answers how many those were.
func (s *schema) resume(ctx context.Context, now Mark, doubt bool) (int64, error) {
	s.acking.Lock() // so that no row moves by what an earlier session was told
	defer s.acking.Unlock()
	s.forgetConfirmed()
	if s.keep == 0 {
		return 0, nil
	}
	if doubt {
		now = Mark{Born: -1}
	}
	var restored int64
	for {
		n, err := s.restore(ctx, now)
		if err != nil {
			return restored, fmt.Errorf("restore events of %s that the broker lost: %w", s.db.Module(), err)
		}
		restored += n
		if n == 0 {
			return restored, nil
		}
	}
}

// forgetConfirmed forgets what the bridge was done with. A row that only waited for its deletion
// waits for the bridge again.
func (s *schema) forgetConfirmed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.marks)
	for pos, takers := range s.done {
		s.done[pos] = without(takers, bridgeName)
	}
	s.deletable = slices.DeleteFunc(s.deletable, func(row taken) bool {
		again := slices.Contains(s.bridged, row.of)
		if again {
			s.done[row.pos] = without(s.hosted[row.of], bridgeName)
		}
		return again
	})
}

func without(names []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(other string) bool { return other == name })
}

const (
	eventColumns = "pos, event_id, agg_type, agg_id, agg_seq, type, ver, headers, payload, occurred_at"
	lockRows     = "SELECT pos FROM bus_outbox WHERE pos IN (?) FOR UPDATE"
	keepRows     = "INSERT INTO bus_bridged (" + eventColumns + ", born, reached, bridged_at) SELECT " + eventColumns +
		", ?, ?, ? FROM bus_outbox WHERE pos IN (?)"
	lockLost     = "SELECT pos FROM bus_bridged WHERE born <> ? OR reached > ? ORDER BY pos LIMIT 500 FOR UPDATE"
	restoreRows  = "INSERT INTO bus_outbox (" + eventColumns + ") SELECT " + eventColumns + " FROM bus_bridged WHERE pos IN (?)"
	deleteKept   = "DELETE FROM bus_bridged WHERE pos IN (?)"
	selectExpiry = "SELECT pos FROM bus_bridged WHERE bridged_at < ? ORDER BY bridged_at LIMIT 500"
)

// restore puts kept rows back to their places in the outbox.
func (s *schema) restore(ctx context.Context, now Mark) (n int64, err error) {
	err = sqldb.InTx(ctx, s.db, func(tx *sqldb.Tx) error {
		var lost []int64
		if err := tx.Select(ctx, &lost, lockLost, now.Born, now.Reached); err != nil || len(lost) == 0 {
			n = 0
			return err
		}
		if n, err = tx.ExecIn(ctx, restoreRows, lost); err != nil {
			return err
		}
		if _, err := tx.ExecIn(ctx, deleteKept, lost); err != nil {
			return err
		}
		tx.OnCommit(func() { s.back(lost) })
		return nil
	})
	return n, err
}

// keepInstead moves rows that the bridge has taken to where they are kept. One mark stands for a batch:
// the latest, so that a row is rather published once too often.
func (s *schema) keepInstead(ctx context.Context, positions []int64) error {
	marked := make(map[int64][]int64) // by birth
	var reached int64
	s.mu.Lock()
	for _, pos := range positions {
		if m, ok := s.marks[pos]; ok {
			marked[m.Born] = append(marked[m.Born], pos)
			reached = max(reached, m.Reached)
		}
	}
	s.mu.Unlock()
	return sqldb.InTx(ctx, s.db, func(tx *sqldb.Tx) error {
		var here []int64 // another instance may have moved some
		if err := tx.SelectIn(ctx, &here, lockRows, positions); err != nil || len(here) == 0 {
			return err
		}
		for born, some := range marked {
			some = slices.DeleteFunc(slices.Clone(some), func(pos int64) bool { return !slices.Contains(here, pos) })
			if len(some) == 0 {
				continue
			}
			if _, err := tx.ExecIn(ctx, keepRows, born, reached, s.now().UnixMicro(), some); err != nil {
				return err
			}
		}
		_, err := tx.ExecIn(ctx, deleteRows, positions)
		return err
	})
}

// keepEvery is how often rows are looked for that were kept long enough.
const keepEvery = 10 * time.Second

// expire deletes rows that were kept long enough, until ctx ends.
func (s *schema) expire(ctx context.Context) {
	tick := time.NewTicker(min(keepEvery, s.keep))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := boundary.Fenced(ctx, s.log, func() error { return s.deleteExpired(ctx) })
		if err != nil && ctx.Err() == nil {
			s.log.Warn("rows are kept longer than need be", slog.Any("error", err))
		}
	}
}

func (s *schema) deleteExpired(ctx context.Context) error {
	for {
		var old []int64
		if err := s.db.Select(ctx, &old, selectExpiry, s.now().Add(-s.keep).UnixMicro()); err != nil || len(old) == 0 {
			return err
		}
		if err := s.deletePositions(ctx, deleteKept, old); err != nil {
			return err
		}
	}
}
