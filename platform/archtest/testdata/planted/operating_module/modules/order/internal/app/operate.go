package app

import (
	"context"

	desk "example.com/shop/platform/bus"
	"example.com/shop/platform/event"
	"example.com/shop/platform/sqldb"
	"example.com/shop/platform/task"
)

func push(ctx context.Context, to desk.Subscription, e event.Envelope) error {
	return desk.Deliver(ctx, to, e) // want: uses platform/bus.Deliver
}

func peek(db *sqldb.DB) error {
	pending := desk.Pending // want: uses platform/bus.Pending
	pending(db)
	desk.Drop([]*sqldb.DB{db}) // want: uses platform/bus.Drop
	desk.NewPublisher(db)
	desk.Each(nil)
	return task.Retry(db, "A") // want: uses platform/task.Retry
}
