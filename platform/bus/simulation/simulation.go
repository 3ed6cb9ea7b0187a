// Package simulation judges the bus: whether events were lost, doubled, disordered or invented, and
// whether what publishers and operators were told is true. Each checker is a function of what the
// databases say (Evidence), for the seeded simulation and the stress test on MariaDB, which are this
// package's tests. Command banyan-controls plants bugs, and demands that the checkers find each.
//
// The simulation runs publishers, dispatchers, retriers, handlers and operators in a bubble of
// testing/synctest over real SQLite files. Every statement, BEGIN and COMMIT included, waits at a gate
// (Wire) until a scheduler lets it pass, one at a time, when nothing else can run.
//
// The seed decides, and a replay repeats, the scenario: who publishes what and when, which handler fails
// how often and in what way, after how many steps the process is killed, instances stop and start,
// inboxes are cleaned and operators decide. It also decides the scheduler's choices: which of the waiting
// statements is next, whether it is lost on its way, or its answer is, and when time passes. It does not
// decide IDs of events, the jitter of the bus's timers, Go's choice between the ready cases of a select,
// the order of maps, and which of the goroutines that one step woke reaches a lock first. So two runs of
// a seed begin alike and drift apart, and a replay runs the seed many times: bugs that were planted for a
// try showed again each time, though not always at the same event.
//
// What it can't show is what SQLite does not do: writers at once, rows that become visible in another
// order than that of their positions, and processes beside each other (two instances of the bus share
// the connections of one). The stress test is there for that. Consumers that skip dead events (bus.Skip)
// are in neither.
package simulation

import (
	"fmt"

	"github.com/banyan-commerce/banyan/platform/id"
)

// Aggregate is whose facts come in an order.
type Aggregate struct {
	Type string
	ID   id.UUID
}

// Event is one fact: a version of an aggregate.
type Event struct {
	Of      Aggregate
	Version int64
	Type    string
}

func (e Event) String() string {
	return fmt.Sprintf("%s, version %d of %s %s", e.Type, e.Version, e.Of.Type, e.Of.ID)
}

// Held is an event that a consumer holds.
type Held struct {
	Event

	State string
}

const archived = "archived" // given up by an operator

// Evidence is what the databases say at a moment at which nobody writes.
type Evidence struct {
	Stated  []Event             // all that publishers committed, by their own records
	Pending []Event             // in the outboxes
	Heard   map[string][]string // by consumer: the types that it hears
	Effects map[string][]Event  // by consumer, in the order in which they took effect
	Held    map[string][]Held   // by consumer, in the order of their ids
}

func (e Evidence) hears(consumer string, event Event) bool {
	for _, heard := range e.Heard[consumer] {
		if heard == event.Type {
			return true
		}
	}
	return false
}

func setOf(events []Event) map[Event]bool {
	set := make(map[Event]bool, len(events))
	for _, event := range events {
		set[event] = true
	}
	return set
}
