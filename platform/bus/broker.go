package bus

import (
	"context"
	"errors"

	"github.com/banyan-commerce/banyan/platform/event"
)

// Broker is the port to a message broker, between modules of different processes. To its publisher a
// bridge is a consumer like any other: it takes events from the outbox and hands them to an Outlet. To its
// consumer it is a publisher like any other: what Subscribe brings goes into the same queue.
type Broker interface {
	// Open begins to publish the events of one module. It creates what the broker needs for that.
	Open(ctx context.Context, publisher string) (Outlet, error)

	// Subscribe brings a publisher's events to take, those of an aggregate one after another and many
	// aggregates side by side, until ctx ends (then it answers nil) or the broker is lost. An event is
	// acknowledged when take has answered nil, which is after the consumer's commit; after an error it
	// comes again, here or in another process, before those behind it. It may come twice anyway, and never
	// later than an inbox remembers (30 days). From the first call on the broker keeps for the consumer
	// what it does not take, and before that, too, as far back as the broker goes.
	Subscribe(ctx context.Context, in Inlet, take func(ctx context.Context, e event.Envelope) error) error

	// Pending is how many of a publisher's events the broker holds that a consumer has not acknowledged.
	// It returns ErrNotSubscribed for one that the broker does not know.
	Pending(ctx context.Context, in Inlet) (int64, error)
}

// Inlet says what a consumer hears of a publisher.
type Inlet struct {
	Publisher string
	Consumer  string
	Types     []string // names of events
}

// Outlet publishes the events of one module until the broker is lost, or Close.
type Outlet interface {
	// Mark is how far the broker had come when the outlet was opened.
	Mark() Mark

	// Publish hands over events of different aggregates and answers one receipt for each. To publish an
	// event again is harmless. What the broker has not confirmed in a reasonable time, or when ctx ends,
	// counts as refused. An event is published after the one before it of its aggregate is confirmed, so
	// that n+1 never overtakes a failed n.
	Publish(ctx context.Context, batch []event.Envelope) []Receipt

	// Lost is closed when the broker is lost.
	Lost() <-chan struct{}

	// Close gives the connection back.
	Close()
}

// Mark says how far a broker had come: when its store was born, and its last sequence. One that shows a
// younger birth or an earlier sequence than before has lost what it had confirmed.
type Mark struct {
	Born    int64 // microseconds
	Reached int64
}

// Receipt is the broker's answer about one event: how far it has come with it, or why it has not taken it.
type Receipt struct {
	Mark Mark
	Err  error
}

// ErrNotSubscribed says that a broker does not know a consumer, and so can't count for it.
var ErrNotSubscribed = errors.New("the consumer has not subscribed yet")

// What an outlet's errors may say besides that an event was refused.
var (
	ErrOutletLost = errors.New("the connection to the broker is lost")      // another outlet must be opened
	ErrForgotten  = errors.New("the broker has lost what it had confirmed") // so must it, and what was kept is published again
)
