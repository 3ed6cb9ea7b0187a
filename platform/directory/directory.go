// Package directory tells what modules a program has: what each offers, whom it calls, what it states
// and hears, what is its own, and how big it is. All of it follows from the manifests, and from what
// only the source can tell (see Source); nothing here is written by hand or asks a database. The same
// Document is printed by `banyan modules`, rendered into docs/modules and served by a running process,
// which adds what it measures (see package monitor).
package directory

import (
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/module"
)

// Document is all modules of a program, in the order of its list.
type Document struct {
	Modules []Module `json:"modules"`
}

// Module is one module.
type Module struct {
	Name      string      `json:"name"`
	Owner     string      `json:"owner" doc:"The team that answers for it."`
	Summary   string      `json:"summary" doc:"What it is for, as its contract says."`
	Aggregate string      `json:"aggregate" doc:"What its events are about."`
	Methods   []Method    `json:"methods" doc:"What other modules may call."`
	Calls     []string    `json:"calls" doc:"Modules that it calls and waits for."`
	CalledBy  []string    `json:"called_by"`
	Publishes []Published `json:"publishes"`
	Listens   []Heard     `json:"listens"`
	Routes    []string    `json:"routes" doc:"HTTP operations."`
	Tables    []string    `json:"tables" doc:"Its own; those of events and tasks, which every schema has, apart."`
	Lines     Lines       `json:"lines"`
	Live      *Live       `json:"live,omitempty" doc:"What this process measures; only a running one does."`
}

// Method is a function of the contract.
type Method struct {
	Interface string `json:"interface"` // Service, as a rule
	Name      string `json:"name"`
	Signature string `json:"signature" doc:"In Go, types of the contract without its name."`
	Doc       string `json:"doc"`
}

// Published is an event that a module states.
type Published struct {
	Event    string   `json:"event"`
	Versions []int    `json:"versions" doc:"Those that can be read, newest first; the newest is stated."`
	HeardBy  []string `json:"heard_by"`
}

// Heard is an event that a module listens to.
type Heard struct {
	Event string `json:"event"`
	From  string `json:"from" doc:"The module that states it; empty if none here does."`
}

// Lines are counted in files, empty ones and comments among them, to two significant digits: more would
// change with every edit and tell nobody anything.
type Lines struct {
	Go    int `json:"go" doc:"Without tests."`
	Tests int `json:"tests"`
	SQL   int `json:"sql" doc:"Of migrations."`
}

// New makes the document. A module that the source does not know has no summary, methods and lines.
func New(manifests []module.Manifest, s Source) Document {
	d := Document{Modules: make([]Module, len(manifests))}
	for i, m := range manifests {
		known := s[m.Name]
		d.Modules[i] = Module{
			Name: m.Name, Owner: m.Owner, Summary: known.Summary, Aggregate: m.Aggregate,
			Methods: list(known.Methods), Lines: known.Lines,
			Calls: list(m.Calls), CalledBy: callers(manifests, m.Name),
			Publishes: publishes(manifests, m), Listens: listens(manifests, m),
			Routes: list(m.Routes), Tables: list(m.Tables),
		}
	}
	return d
}

// list is never null in JSON, and the document's own.
func list[T any](of []T) []T { return append([]T{}, of...) }

func callers(manifests []module.Manifest, of string) []string {
	return namesOf(manifests, func(m module.Manifest) bool { return slices.Contains(m.Calls, of) })
}

// namesOf are the modules of which something is true.
func namesOf(manifests []module.Manifest, is func(module.Manifest) bool) []string {
	names := []string{}
	for _, m := range manifests {
		if is(m) {
			names = append(names, m.Name)
		}
	}
	return names
}

func publishes(manifests []module.Manifest, m module.Manifest) []Published {
	stated := []Published{}
	for _, d := range m.Publishes {
		p := Published{Event: d.Type.Name, HeardBy: Listeners(manifests, d.Type.Name)}
		for _, t := range event.Versions(d.Sample) {
			p.Versions = append(p.Versions, t.Version)
		}
		stated = append(stated, p)
	}
	return stated
}

// Listeners are the modules that hear an event.
func Listeners(manifests []module.Manifest, name string) []string {
	return namesOf(manifests, func(m module.Manifest) bool { return slices.Contains(m.Listens, name) })
}

func listens(manifests []module.Manifest, m module.Manifest) []Heard {
	heard := []Heard{}
	for _, name := range m.Listens {
		h := Heard{Event: name}
		for _, other := range manifests {
			if slices.ContainsFunc(other.Publishes, func(d event.Definition) bool { return d.Type.Name == name }) {
				h.From = other.Name
			}
		}
		heard = append(heard, h)
	}
	return heard
}

// Names are those of all modules.
func (d Document) Names() []string {
	names := make([]string, len(d.Modules))
	for i, m := range d.Modules {
		names[i] = m.Name
	}
	return names
}

// Find is the module of a name, and whether there is one.
func (d Document) Find(name string) (Module, bool) {
	i := slices.IndexFunc(d.Modules, func(m Module) bool { return m.Name == name })
	if i < 0 {
		return Module{}, false
	}
	return d.Modules[i], true
}

// Version writes the versions of an event for people: v2, v1.
func (p Published) Version() string {
	return "v" + strings.Join(texts(p.Versions), ", v")
}
