package bus

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Status is how the events of several schemas stand.
type Status struct {
	Schemas   []SchemaStatus
	Consumers []ConsumerStatus
}

// SchemaStatus is the outbox of one schema.
type SchemaStatus struct {
	Schema      string
	Depth       int64
	Oldest      time.Time // of what is pending; zero if nothing is
	Unreachable bool      // then nothing else is known
}

// Age is how long the oldest pending event has waited.
func (s SchemaStatus) Age(now time.Time) time.Duration {
	if s.Oldest.IsZero() {
		return 0
	}
	return max(0, now.Sub(s.Oldest))
}

// ConsumerStatus is how far one consumer is.
type ConsumerStatus struct {
	Consumer    string
	Held        map[string]int64 // by state
	Lag         int64            // pending events that it has neither taken nor held
	LagPartial  bool             // there are more than lagLimit pending: Lag counts among the oldest ones
	Unreachable bool             // its schema is not here, or can't be reached
}

const (
	lagLimit    = 10_000
	answerLimit = 3 * time.Second // of a schema: an operator looks because something is sick
)

const selectAnyConsumer = "SELECT id FROM bus_consumer LIMIT 1"

// Reach says whether a schema answers: that its tables are there, and not only that a connection is.
func Reach(ctx context.Context, db *sqldb.DB) error {
	var number int64
	if err := db.Get(ctx, &number, selectAnyConsumer); err != nil && !sqldb.IsNoRows(err) {
		return fmt.Errorf("reach schema of %s: %w", db.Module(), err)
	}
	return db.AtHome(ctx)
}

// ReadStatus reads how the events of the given schemas stand. A schema that hangs, is gone or can't be
// reached is said to be so and hides no other.
func ReadStatus(ctx context.Context, dbs []*sqldb.DB) (Status, error) {
	var s Status
	var publishers []publisher
	homes := map[string]home{}
	heard := map[string]bool{}
	for _, db := range dbs {
		outbox, p, err := readSchema(ctx, db, homes)
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
		if err != nil {
			outbox = SchemaStatus{Schema: db.Module(), Unreachable: true}
		}
		s.Schemas = append(s.Schemas, outbox)
		publishers = append(publishers, p)
		for name := range p.heard {
			heard[name] = true
		}
	}
	for name := range homes {
		heard[name] = true
	}
	for name := range heard {
		c, err := consumerStatus(ctx, name, homes, publishers)
		if err != nil {
			return s, err
		}
		s.Consumers = append(s.Consumers, c)
	}
	slices.SortFunc(s.Consumers, func(a, b ConsumerStatus) int { return cmp.Compare(a.Consumer, b.Consumer) })
	return s, nil
}

// publisher is a schema with the types of its events that each consumer hears.
type publisher struct {
	db    *sqldb.DB
	heard map[string][]string
}

// home is where a consumer lives.
type home struct {
	db     *sqldb.DB
	number int64
	held   map[string]int64
}

// readSchema reads one schema, and adds the consumers that live there to homes.
func readSchema(ctx context.Context, db *sqldb.DB, homes map[string]home) (SchemaStatus, publisher, error) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	p := publisher{db: db, heard: map[string][]string{}}
	s, err := Outbox(ctx, db)
	if err != nil {
		return s, p, err
	}
	var subscriptions []struct {
		Type     string `db:"type"`
		Consumer string `db:"consumer"`
	}
	if err := db.Select(ctx, &subscriptions, selectSubscriptions); err != nil {
		return s, publisher{}, fmt.Errorf("read subscriptions of %s: %w", db.Module(), err)
	}
	for _, row := range subscriptions {
		p.heard[row.Consumer] = append(p.heard[row.Consumer], row.Type)
	}
	return s, p, readHomes(ctx, db, homes)
}

const countAllHeld = "SELECT consumer, state, COUNT(*) AS n FROM bus_held GROUP BY consumer, state"

func readHomes(ctx context.Context, db *sqldb.DB, homes map[string]home) error {
	names, err := consumersOf(ctx, db)
	if err != nil {
		return err
	}
	var counts []struct {
		heldCount

		Consumer int64 `db:"consumer"`
	}
	if err := db.Select(ctx, &counts, countAllHeld); err != nil {
		return fmt.Errorf("count held events of %s: %w", db.Module(), err)
	}
	for number, name := range names {
		homes[name] = home{db: db, number: number, held: map[string]int64{}}
	}
	for _, c := range counts {
		homes[names[c.Consumer]].held[c.State] = c.N
	}
	return nil
}

const (
	countOutbox  = "SELECT COUNT(*) FROM bus_outbox"
	selectOldest = "SELECT occurred_at FROM bus_outbox ORDER BY pos LIMIT 1"
)

// Outbox reads how much is pending in a schema, and since when.
func Outbox(ctx context.Context, db *sqldb.DB) (SchemaStatus, error) {
	s := SchemaStatus{Schema: db.Module()}
	if err := db.Get(ctx, &s.Depth, countOutbox); err != nil {
		return s, fmt.Errorf("count outbox of %s: %w", db.Module(), err)
	}
	var oldest int64
	err := db.Get(ctx, &oldest, selectOldest)
	if sqldb.IsNoRows(err) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read outbox of %s: %w", db.Module(), err)
	}
	s.Oldest = time.UnixMicro(oldest).UTC()
	return s, nil
}

func consumerStatus(ctx context.Context, name string, homes map[string]home, publishers []publisher) (ConsumerStatus, error) {
	s := ConsumerStatus{Consumer: name}
	to, here := homes[name]
	if !here {
		s.Unreachable = true
		return s, nil
	}
	s.Held = to.held
	for _, p := range publishers {
		if len(p.heard[name]) == 0 {
			continue
		}
		n, partial, err := lag(ctx, p.db, to, p.heard[name])
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
		if err != nil {
			s.Unreachable = true
			continue
		}
		s.Lag, s.LagPartial = s.Lag+n, s.LagPartial || partial
	}
	return s, nil
}

const (
	selectPendingIDs = "SELECT pos, event_id FROM bus_outbox WHERE type IN (?) AND pos > ? ORDER BY pos LIMIT ?"
	selectTaken      = "SELECT event_id FROM bus_inbox WHERE consumer = ? AND event_id IN (?)"
)

// lag counts what is in the publisher's outbox and not in the consumer's inbox. The two schemas may be
// on different servers: the IDs are compared page by page, and not for ever.
func lag(ctx context.Context, from *sqldb.DB, to home, types []string) (n int64, partial bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	var pos int64
	for range lagLimit / scanLimit {
		var rows []struct {
			Pos     int64   `db:"pos"`
			EventID id.UUID `db:"event_id"`
		}
		if err := from.SelectIn(ctx, &rows, selectPendingIDs, types, pos, scanLimit); err != nil {
			return n, false, err
		}
		if len(rows) == 0 {
			return n, false, nil
		}
		ids := make([]id.UUID, len(rows))
		for i, row := range rows {
			ids[i], pos = row.EventID, row.Pos
		}
		var taken []id.UUID
		if err := to.db.SelectIn(ctx, &taken, selectTaken, to.number, ids); err != nil {
			return n, false, err
		}
		n += int64(len(ids) - len(taken))
		if len(rows) < scanLimit {
			return n, false, nil
		}
	}
	return n, true, nil
}
