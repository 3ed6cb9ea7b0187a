package bus

import (
	"context"

	"github.com/banyan-commerce/banyan/platform/event"
)

// Broker is the port to a message broker, for consumers in other processes. Nothing stands behind it
// yet: it is here because it says what a bridge can rely on, and what the rest of the package already
// does for one. A bridge is a consumer like any other: it takes events from outboxes, and hands to
// Publish what Subscribe at the other end brings to Deliver.
type Broker interface {
	// Publish hands over a batch and answers one error for each event, nil where the broker has it
	// safely. Events of one aggregate are in their order; when one is refused, those behind it are, too,
	// so that n+1 never overtakes a failed n. To publish an event again is harmless: its ID is the
	// message's. It answers when ctx ends, and what was not confirmed by then counts as refused.
	Publish(ctx context.Context, batch []event.Envelope) []error

	// Subscribe brings the events of some types to take, those of an aggregate one after another, until
	// ctx ends or the broker is lost. An event is acknowledged when take has answered nil, which is after
	// the consumer's commit; after an error it comes again, before those behind it. It may come twice
	// anyway, and never later than an inbox remembers (30 days).
	Subscribe(ctx context.Context, types []string, take func(ctx context.Context, e event.Envelope) error) error
}
