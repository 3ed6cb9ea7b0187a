package bus

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Handler applies one type of event to the consumer's schema.
type Handler struct {
	Type    event.Type
	accepts []event.Type // Type, and the older versions that upcasters lead to it
	decode  func(e event.Envelope) (any, error)
	key     func(fact any) id.UUID // nil: one event per transaction
	apply   func(ctx context.Context, tx *sqldb.Tx, facts []decoded) error
}

// decoded is an event that its handler can take.
type decoded struct {
	event.Envelope

	fact any
	key  id.UUID // of handlers for sets
}

// given is the envelope for a handler, which may write into it: what is taken again, or held, is what was
// published.
func (d decoded) given() event.Envelope {
	e := d.Envelope
	e.Payload = bytes.Clone(e.Payload)
	return e
}

// read decodes an event and asks for its key. Upcasters and keys are the module's code like its handler:
// a panic there is an error of this event.
func (h *Handler) read(e event.Envelope) (d decoded, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read %s: panic: %v", e.Type, p)
		}
	}()
	d.Envelope = e
	if d.fact, err = h.decode(e); err != nil || h.key == nil {
		return d, err
	}
	d.key = h.key(d.fact)
	return d, nil
}

// On makes a handler of a function that takes the decoded event. The function writes through tx
// only, to its own schema; what leaves the process it records as a durable task. It may run more
// than once (the transaction is rolled back in between), takes effect once, and sees the events of
// one aggregate in their order. An error of its own parks the event and those of the same aggregate
// behind it; an error of the database is retried in place. Older versions of E arrive by way of its
// upcasters; the envelope keeps the version that was published.
func On[E event.Event](f func(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact E) error) Handler {
	h := handlerOf[E]()
	h.apply = func(ctx context.Context, tx *sqldb.Tx, facts []decoded) error {
		for _, d := range facts {
			if err := f(withCause(ctx, d.Envelope), tx, d.given(), d.fact.(E)); err != nil { //nolint:forcetypeassert // decode made it
				return err
			}
		}
		return nil
	}
	return h
}

// Fact is one event of a set.
type Fact[E event.Event] struct {
	Envelope event.Envelope
	Event    E
}

// OnSet makes a handler of a function that takes many events at once, with few statements: what On says
// of its function is true of this one, too. Key names the row of the consumer that a fact changes. The
// facts of a set have different keys and different aggregates, and come sorted by key, so that two
// processes lock rows in the same order; a row that many of them share (a stock, a counter) is changed
// last, once, by their sum. A set that fails is rolled back and its events run one by one, in sets of
// one: an error then parks the event that has earned it.
//
// The context of a set belongs to no event: what is stated or recorded in answer names its cause
// (Publication.Cause).
func OnSet[E event.Event](key func(fact E) id.UUID, f func(ctx context.Context, tx *sqldb.Tx, facts []Fact[E]) error) Handler {
	h := handlerOf[E]()
	h.key = func(fact any) id.UUID { return key(fact.(E)) } //nolint:forcetypeassert // decode made it
	h.apply = func(ctx context.Context, tx *sqldb.Tx, set []decoded) error {
		facts := make([]Fact[E], len(set))
		for i, d := range set {
			facts[i] = Fact[E]{Envelope: d.given(), Event: d.fact.(E)} //nolint:forcetypeassert // decode made it
		}
		return f(ctx, tx, facts)
	}
	return h
}

func handlerOf[E event.Event]() Handler {
	var sample E
	return Handler{
		Type: sample.EventType(), accepts: event.Versions(sample),
		decode: func(e event.Envelope) (any, error) { return event.Decode[E](e) },
	}
}

// Subscription is all that one consumer (a module) hears.
type Subscription struct {
	Consumer string
	Schema   *sqldb.DB
	Handlers []Handler
	Deadline time.Duration // of one run of a handler, which parks its event when it is over; 10 s if zero
	Policy   Policy        // Block if empty
}
