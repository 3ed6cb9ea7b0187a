// Package event holds what a fact looks like between modules: the envelope, and the definitions of
// event types with their versions. It imports the standard library only, because contracts import it;
// everything with SQL is in package bus.
package event

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/platform/id"
)

// Type is the stable name and version of an event, for example {"order.placed", 1}. It is never
// derived from a Go name, so that a renamed struct stays the same event.
type Type struct {
	Name    string
	Version int
}

func (t Type) String() string { return fmt.Sprintf("%s v%d", t.Name, t.Version) }

// Event is a fact that a module publishes: a struct in its contract.
type Event interface {
	EventType() Type
}

// Aggregate says whose fact it is. Version is that of the aggregate after the fact: each published
// event raises it by one, and consumers see an aggregate's events in that order.
type Aggregate struct {
	Type    string
	ID      id.UUID
	Version int64
}

// Envelope carries one event; its fields are those of CloudEvents 1.0 (id, source, type, subject,
// time) plus the trace parent (W3C Trace Context) and the correlation and causation IDs.
type Envelope struct {
	ID            id.UUID
	Source        string // the publishing module
	Type          Type
	Aggregate     Aggregate
	OccurredAt    time.Time
	CorrelationID id.UUID // the first event of the chain
	CausationID   id.UUID // the event that this one answers
	TraceParent   string
	Payload       json.RawMessage
}

// Definition describes an event type that a module publishes.
type Definition struct {
	Type   Type
	Sample Event // a filled-in example: documentation and golden files are made from it
}

// Define describes the event type of sample.
func Define(sample Event) Definition { return Definition{Type: sample.EventType(), Sample: sample} }
