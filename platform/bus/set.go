package bus

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// member is an event of a set.
type member struct {
	item
	fact decoded
}

// formSet decodes events of one handler and sorts them by key. Of those with one key only the first is in
// the set; the others come later. Those that can't be decoded are in no set.
func (c *consumer) formSet(items []item) (set []member, later, broken []item) {
	keys := make(map[id.UUID]bool, len(items))
	for _, it := range items {
		d, err := c.handlers[it.event.Type].read(it.event)
		switch {
		case err != nil:
			broken = append(broken, it)
		case keys[d.key]:
			later = append(later, it)
		default:
			keys[d.key] = true
			set = append(set, member{it, d})
		}
	}
	slices.SortFunc(set, func(a, b member) int { return bytes.Compare(a.fact.key[:], b.fact.key[:]) })
	return set, later, broken
}

func facts(set []member) []decoded {
	out := make([]decoded, len(set))
	for i, m := range set {
		out[i] = m.fact
	}
	return out
}

// errMixed: not all events of a set are new, or some have to wait behind held ones.
var errMixed = errors.New("some events of the set were taken before, or have to wait")

// What insertInbox does for one event takes two statements for a set: a SELECT of hundreds of rows that
// exist nowhere costs more than a second round trip.
const (
	insertInboxSet       = "INSERT INTO bus_inbox (consumer, event_id) VALUES "
	selectHeldAggregates = "SELECT agg_id FROM bus_held WHERE consumer = ? AND agg_id IN (?) AND state NOT IN ('archived', ?)"
)

// takeSet runs a handler for many events, in one transaction with their inbox rows. It answers errMixed
// when they are no set. A transaction that runs again gives its handler facts that nobody has written into.
func (c *consumer) takeSet(ctx context.Context, set []decoded) error {
	h, runs := c.handlers[set[0].Type], 0
	return sqldb.InTx(ctx, c.db, func(tx *sqldb.Tx) error {
		if runs++; runs > 1 {
			var err error
			if set, err = h.readAgain(set); err != nil {
				return err
			}
		}
		err := c.enterSet(ctx, tx, set)
		if sqldb.IsDuplicate(err) {
			return errMixed
		}
		if err != nil {
			return err
		}
		return c.apply(ctx, tx, h, set)
	})
}

func (h *Handler) readAgain(set []decoded) ([]decoded, error) {
	again := make([]decoded, len(set))
	for i, d := range set {
		fact, err := h.decode(d.Envelope)
		if err != nil {
			return nil, err
		}
		d.fact = fact
		again[i] = d
	}
	return again, nil
}

// enterSet writes the inbox rows, sorted: two processes that take the same events wait for each other
// in one order.
func (c *consumer) enterSet(ctx context.Context, tx *sqldb.Tx, set []decoded) error {
	args := make([]any, 0, 2*len(set))
	for _, eventID := range sortedIDs(set, func(d decoded) id.UUID { return d.ID }) {
		args = append(args, c.number, eventID)
	}
	if _, err := tx.Exec(ctx, insertInboxSet+sqldb.Placeholders(len(set), 2), args...); err != nil {
		return err
	}
	var waiting []id.UUID
	err := tx.SelectIn(ctx, &waiting, selectHeldAggregates, c.number, aggregatesOf(set), c.passable)
	if err == nil && len(waiting) > 0 {
		err = errMixed
	}
	return err
}

func aggregatesOf(set []decoded) []id.UUID {
	return sortedIDs(set, func(d decoded) id.UUID { return d.Aggregate.ID })
}

func sortedIDs(set []decoded, of func(decoded) id.UUID) []id.UUID {
	ids := make([]id.UUID, len(set))
	for i, d := range set {
		ids[i] = of(d)
	}
	slices.SortFunc(ids, func(a, b id.UUID) int { return bytes.Compare(a[:], b[:]) })
	return ids
}

// stale answers which events of a set were taken before, or have to wait behind held ones.
func (c *consumer) stale(ctx context.Context, set []decoded) (map[id.UUID]bool, error) {
	var taken, waiting []id.UUID
	err := errors.Join(
		c.db.SelectIn(ctx, &taken, selectTaken, c.number, sortedIDs(set, func(d decoded) id.UUID { return d.ID })),
		c.db.SelectIn(ctx, &waiting, selectHeldAggregates, c.number, aggregatesOf(set), c.passable),
	)
	stale := make(map[id.UUID]bool)
	for _, eventID := range taken {
		stale[eventID] = true
	}
	for _, d := range set {
		if slices.Contains(waiting, d.Aggregate.ID) {
			stale[d.ID] = true
		}
	}
	return stale, err
}
