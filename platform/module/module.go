// Package module holds the manifest: what a module says of itself, checked against what it does by
// the architecture tests, at start-up and by the extraction tools.
package module

import "github.com/banyan-commerce/banyan/platform/event"

// Manifest is declared by every contract package as func Manifest() module.Manifest, written as a
// literal, so that it can be read from source as well as called.
type Manifest struct {
	Name      string             // of the module, its folder, its schema and its bus consumer
	Owner     string             // the team that answers for it, as CODEOWNERS names it: "@banyan-commerce/order"
	Calls     []string           // modules whose contract it calls synchronously; the graph is acyclic
	Aggregate string             // what its events are about: event.Aggregate's Type in each of them
	Publishes []event.Definition // events it states
	Listens   []string           // event type names it hears, for example "order.placed"
	Routes    []string           // HTTP operations, for example "POST /v1/orders"
	Tables    []string           // its own tables, those of the bus not among them
}
