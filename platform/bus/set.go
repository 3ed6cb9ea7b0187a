package bus

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// member is an event of a set.
type member struct {
	item
	fact decoded
	key  id.UUID
}

// formSet decodes events of one handler and sorts them by key. Of those with one key only the first is in
// the set; the others come later. Those that can't be decoded are in no set.
func (c *consumer) formSet(items []item) (set []member, later, broken []item) {
	keys := make(map[id.UUID]bool, len(items))
	for _, it := range items {
		h := c.handlers[it.event.Type]
		fact, err := h.decode(it.event)
		if err != nil {
			broken = append(broken, it)
			continue
		}
		key := h.key(fact)
		if keys[key] {
			later = append(later, it)
			continue
		}
		keys[key] = true
		set = append(set, member{it, decoded{it.event, fact}, key})
	}
	slices.SortFunc(set, func(a, b member) int { return bytes.Compare(a.key[:], b.key[:]) })
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

// As insertInbox, for many: all rows are written, or none.
const (
	insertInboxSet = "INSERT INTO bus_inbox (consumer, event_id) SELECT ?, these.event_id FROM ("
	oneInboxRow    = "SELECT ? AS event_id"
	unlessHeld     = `) AS these WHERE NOT EXISTS (
		SELECT 1 FROM bus_held WHERE consumer = ? AND agg_id IN (?) AND state NOT IN ('archived', ?))`
)

// takeSet runs a handler for many events, in one transaction with their inbox rows. It answers errMixed
// when they are no set.
func (c *consumer) takeSet(ctx context.Context, set []decoded) error {
	h := c.handlers[set[0].Type]
	query := insertInboxSet + oneInboxRow + strings.Repeat(" UNION ALL "+oneInboxRow, len(set)-1) + unlessHeld
	args := make([]any, 0, len(set)+4)
	args = append(args, c.number)
	for _, eventID := range sortedIDs(set, func(d decoded) id.UUID { return d.ID }) {
		args = append(args, eventID)
	}
	args = append(args, c.number, sortedIDs(set, func(d decoded) id.UUID { return d.Aggregate.ID }), c.passable)
	return sqldb.InTx(ctx, c.db, func(tx *sqldb.Tx) error {
		n, err := tx.ExecIn(ctx, query, args...)
		switch {
		case sqldb.IsDuplicate(err):
			return errMixed
		case err != nil:
			return err
		case n != int64(len(set)):
			return errMixed
		}
		return c.apply(ctx, tx, h, set)
	})
}

func sortedIDs(set []decoded, of func(decoded) id.UUID) []id.UUID {
	ids := make([]id.UUID, len(set))
	for i, d := range set {
		ids[i] = of(d)
	}
	slices.SortFunc(ids, func(a, b id.UUID) int { return bytes.Compare(a[:], b[:]) })
	return ids
}

const selectHeldAggregates = "SELECT agg_id FROM bus_held WHERE consumer = ? AND agg_id IN (?) AND state NOT IN ('archived', ?)"

// stale answers which events of a set were taken before, or have to wait behind held ones.
func (c *consumer) stale(ctx context.Context, set []decoded) (map[id.UUID]bool, error) {
	var taken, waiting []id.UUID
	err := errors.Join(
		c.db.SelectIn(ctx, &taken, selectTaken, c.number, sortedIDs(set, func(d decoded) id.UUID { return d.ID })),
		c.db.SelectIn(ctx, &waiting, selectHeldAggregates, c.number, sortedIDs(set, func(d decoded) id.UUID { return d.Aggregate.ID }), c.passable),
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
