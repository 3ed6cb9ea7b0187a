// Package observed is the record of what modules were seen to do while tests ran: calls, events and
// tables. Processes of tests write it (package watch), the command that runs them reads it and compares it
// with the manifests (package archtest).
package observed

// Edge is something that a module was seen to do.
type Edge struct {
	Kind   Kind   `json:"kind"`
	Module string `json:"module"`
	Name   string `json:"name"`
}

// Kind is what kind of thing was done.
type Kind string

// The kinds of edges.
const (
	Call    Kind = "call"    // the name is the method, such as catalog.Reserve
	Event   Kind = "event"   // heard; the name is the event's type
	Publish Kind = "publish" // the same
	Table   Kind = "table"
)
