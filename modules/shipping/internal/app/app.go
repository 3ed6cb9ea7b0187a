// Package app runs shipments: it hears that an order is confirmed or shall be stopped, and is told by
// the warehouse and the carrier where the parcel is.
//
// What always holds: cancelling and packing lock the shipment's row, so that one of them wins and the
// order is told which.
package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/core"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/store"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// App is the shipping module at work.
type App struct {
	db     *sqldb.DB
	events *bus.Publisher
	now    func() time.Time
}

// New makes the module on its schema.
func New(db *sqldb.DB, events *bus.Publisher, now func() time.Time) *App {
	return &App{db: db, events: events, now: now}
}

// errStale says that a locked shipment changed all the same.
var errStale = errors.New("the shipment has changed meanwhile")

// answered is a step with the event that it answers; none for what the warehouse tells.
type answered struct {
	core.Step

	cause event.Envelope
}

// begin carries out the first steps of shipments, each of another one. A duplicate key
// (sqldb.IsDuplicate) tells that nothing was done, because one of the orders has a shipment.
func (a *App) begin(ctx context.Context, tx *sqldb.Tx, steps ...answered) error {
	shipments := make([]core.Shipment, len(steps))
	for i, s := range steps {
		shipments[i] = s.Next
	}
	if err := store.Insert(ctx, tx, shipments); err != nil {
		return err
	}
	return a.publish(ctx, tx, steps...)
}

// advance carries out a step over the locked shipment that it was decided upon.
func (a *App) advance(ctx context.Context, tx *sqldb.Tx, before core.Shipment, s answered) error {
	written, err := store.Update(ctx, tx, before, s.Next)
	if err != nil {
		return err
	}
	if !written {
		return fmt.Errorf("update shipment %s: %w", before.ID, errStale)
	}
	return a.publish(ctx, tx, s)
}

// publish states the events of steps; the last of each has the shipment's version.
func (a *App) publish(ctx context.Context, tx *sqldb.Tx, steps ...answered) error {
	var set []bus.Publication
	for _, s := range steps {
		first := s.Next.Version - int64(len(s.Events)) + 1
		for i, e := range s.Events {
			of := event.Aggregate{Type: shipping.AggregateType, ID: s.Next.ID.UUID, Version: first + int64(i)}
			set = append(set, bus.Publication{Of: of, Event: e, Cause: s.cause})
		}
	}
	return a.events.PublishSet(ctx, tx, set)
}
