package bus

import (
	"context"
	"time"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Handler applies one type of event to the consumer's schema.
type Handler struct {
	Type    event.Type
	accepts []event.Type // Type, and the older versions that upcasters lead to it
	apply   func(ctx context.Context, tx *sqldb.Tx, e event.Envelope) error
}

// On makes a handler of a function that takes the decoded event. The function writes through tx
// only, to its own schema; what leaves the process it records as a durable task. It may run more
// than once (the transaction is rolled back in between), takes effect once, and sees the events of
// one aggregate in their order. An error of its own parks the event and those of the same aggregate
// behind it; an error of the database is retried in place. Older versions of E arrive by way of its
// upcasters; the envelope keeps the version that was published.
func On[E event.Event](f func(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact E) error) Handler {
	var sample E
	return Handler{
		Type: sample.EventType(), accepts: event.Versions(sample),
		apply: func(ctx context.Context, tx *sqldb.Tx, e event.Envelope) error {
			fact, err := event.Decode[E](e)
			if err != nil {
				return err
			}
			return f(ctx, tx, e, fact)
		},
	}
}

// Subscription is all that one consumer (a module) hears.
type Subscription struct {
	Consumer string
	Schema   *sqldb.DB
	Handlers []Handler
	Deadline time.Duration // of one run of a handler, which parks its event when it is over; 10 s if zero
}
