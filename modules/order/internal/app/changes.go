package app

import (
	"context"
	"time"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/store"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// changes are what a transaction makes of orders that it has locked. They are decided order by order
// in memory and written together, so that fifty orders take as few statements as one.
type changes struct {
	app    *Orders
	tx     *sqldb.Tx
	at     time.Time
	orders []*store.Locked
	facts  []bus.Publication
}

// occasion is what makes an order change.
type occasion struct {
	core.Reason

	fact event.Envelope // that is heard; zero if somebody asks for it
}

func heard(e event.Envelope) occasion {
	return occasion{Reason: core.Reason{Cause: e.Type.Name, Actor: e.Source}, fact: e}
}

// saying adds a note for people.
func (why occasion) saying(note string) occasion {
	why.Note = note
	return why
}

func (a *Orders) changesOf(tx *sqldb.Tx, orders ...*store.Locked) *changes {
	return &changes{app: a, tx: tx, at: a.now(), orders: orders}
}

// change locks an order, lets decide say what becomes of it, and writes that. It returns
// order.ErrNotFound and what decide does.
func (a *Orders) change(ctx context.Context, tx *sqldb.Tx, id order.ID, decide func(c *changes, o *store.Locked) error) error {
	o, err := store.Lock(ctx, tx, id)
	if err != nil {
		return err
	}
	c := a.changesOf(tx, o)
	if err := decide(c, o); err != nil {
		return err
	}
	return c.write(ctx)
}

// transition moves an order to a status: version + 1, one timeline row, one event.
func (c *changes) transition(o *store.Locked, to core.Status, why occasion, e event.Event) {
	o.Tell(to, why.Reason, c.at)
	o.Version++
	c.facts = append(c.facts, bus.Publication{
		Of:    event.Aggregate{Type: order.AggregateType, ID: o.ID.UUID, Version: o.Version},
		Event: e, Cause: why.fact,
	})
}

// record tells the timeline of an order something that leaves its status, and so its version, as it is.
func (c *changes) record(o *store.Locked, why occasion) { o.Tell(o.Status, why.Reason, c.at) }

// write makes it all so, and wakes the requests that wait for these orders when it is committed.
func (c *changes) write(ctx context.Context) error {
	if err := store.Write(ctx, c.tx, c.orders); err != nil {
		return err
	}
	c.tx.OnCommit(func() {
		for _, o := range c.orders {
			c.app.waiting.wake(o.ID)
		}
	})
	return c.app.publish.PublishSet(ctx, c.tx, c.facts)
}
