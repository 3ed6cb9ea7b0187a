package bus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// consumer takes events for one module: each once, those of an aggregate in their order.
type consumer struct {
	name     string
	number   int64 // its small ID in its own schema
	db       *sqldb.DB
	handlers map[event.Type]*Handler
	deadline time.Duration // of one run of a handler
	passable string        // the state of held events that hold up nothing, as archived ones (Policy)
	now      func() time.Time
}

const defaultDeadline = 10 * time.Second

const (
	insertConsumer = "INSERT INTO bus_consumer (name) VALUES (?)"
	selectConsumer = "SELECT id FROM bus_consumer WHERE name = ?"
)

func newConsumer(ctx context.Context, sub Subscription, now func() time.Time) (*consumer, error) {
	c := &consumer{
		name: sub.Consumer, db: sub.Schema, handlers: make(map[event.Type]*Handler, len(sub.Handlers)),
		deadline: cmp.Or(sub.Deadline, defaultDeadline), passable: sub.Policy.passable(), now: now,
	}
	if !sub.Policy.known() {
		return nil, fmt.Errorf("consumer %s: unknown policy %q", c.name, sub.Policy)
	}
	for _, h := range sub.Handlers {
		for _, t := range h.accepts {
			if _, twice := c.handlers[t]; twice {
				return nil, fmt.Errorf("consumer %s has two handlers for %s", c.name, t)
			}
			c.handlers[t] = &h
		}
	}
	err := c.db.Get(ctx, &c.number, selectConsumer, c.name)
	if !sqldb.IsNoRows(err) {
		return c, err
	}
	err = sqldb.InTx(ctx, c.db, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, insertConsumer, c.name); err != nil && !sqldb.IsDuplicate(err) {
			return err
		}
		return tx.Get(ctx, &c.number, selectConsumer, c.name)
	})
	return c, err
}

// types are the names of the events that the consumer hears.
func (c *consumer) types() []string {
	seen := make(map[string]bool, len(c.handlers))
	var names []string
	for t := range c.handlers {
		if !seen[t.Name] {
			seen[t.Name] = true
			names = append(names, t.Name)
		}
	}
	return names
}

// Deliver takes one event for a consumer exactly as the dispatcher does: inbox row, handler and
// whatever the handler writes are one transaction; an event that was taken before does nothing. An
// error of the handler is answered, not parked. It is for tests and for bridges.
func Deliver(ctx context.Context, sub Subscription, e event.Envelope) error {
	c, err := newConsumer(ctx, sub, time.Now) //nolint:forbidigo // the clock is for parking only, which Deliver does not do
	if err != nil {
		return err
	}
	return c.take(ctx, e)
}

// DeliverSet takes many events of one type as the dispatcher takes a set: they are sorted by the key of
// their handler, and taken in one transaction or, after an error, none of them.
func DeliverSet(ctx context.Context, sub Subscription, events []event.Envelope) error {
	c, err := newConsumer(ctx, sub, time.Now) //nolint:forbidigo // the clock is for parking only, which DeliverSet does not do
	if err != nil {
		return err
	}
	items := make([]item, len(events))
	for i, e := range events {
		items[i] = item{event: e}
	}
	set, later, broken := c.formSet(items)
	if len(later)+len(broken) > 0 {
		return fmt.Errorf("%d events have a key that another one has, %d can't be decoded", len(later), len(broken))
	}
	return c.takeSet(ctx, facts(set))
}

var errUnknownType = errors.New("no handler for this type and version")

// The inbox row is written only if the event's aggregate has nothing held: else the event must wait
// behind that. One statement answers both questions.
const insertInbox = `INSERT INTO bus_inbox (consumer, event_id)
	SELECT ?, ? FROM (SELECT 1 AS one) AS always WHERE NOT EXISTS (
		SELECT 1 FROM bus_held WHERE consumer = ? AND agg_type = ? AND agg_id = ? AND state NOT IN ('archived', ?))`

// take runs the handler of e once, in one transaction with the inbox row.
func (c *consumer) take(ctx context.Context, e event.Envelope) error {
	h, ok := c.handlers[e.Type]
	if !ok {
		return fmt.Errorf("%w: %s", errUnknownType, e.Type)
	}
	return sqldb.InTx(ctx, c.db, func(tx *sqldb.Tx) error {
		n, err := tx.ExecCount(ctx, insertInbox, c.number, e.ID, c.number, e.Aggregate.Type, e.Aggregate.ID, c.passable)
		switch {
		case sqldb.IsDuplicate(err):
			return nil
		case err != nil:
			return err
		case n == 0:
			return c.hold(ctx, tx, e, behind, nil)
		}
		return c.run(ctx, tx, h, e)
	})
}

// run calls the handler of one event.
func (c *consumer) run(ctx context.Context, tx *sqldb.Tx, h *Handler, e event.Envelope) error {
	d, err := h.read(e)
	if err != nil {
		return err
	}
	return c.apply(ctx, tx, h, []decoded{d})
}

// apply calls a handler; a panic becomes an error, so that it parks its event and nothing else. The
// deadline is the handler's: waiting for the database is not its fault.
func (c *consumer) apply(ctx context.Context, tx *sqldb.Tx, h *Handler, facts []decoded) (err error) {
	ctx, cancel := context.WithTimeout(boundary.Begin(ctx), c.deadline)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("handler of %s: panic: %v", h.Type, p)
		}
	}()
	return h.apply(ctx, tx, facts)
}
