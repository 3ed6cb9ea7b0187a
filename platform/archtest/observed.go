package archtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/dbtest/observed"
)

// edgeKinds are the lists of manifests that can be observed, as a report names them.
func edgeKinds() []kindOfEdge {
	return []kindOfEdge{
		{observed.Call, "Calls", "calls", func(m *Manifest) []Entry { return m.Calls }},
		{observed.Event, "Listens", "subscriptions", func(m *Manifest) []Entry { return m.Listens }},
		{observed.Publish, "Publishes", "publications", func(m *Manifest) []Entry { return m.Publishes }},
		{observed.Table, "Tables", "tables", func(m *Manifest) []Entry { return m.Tables }},
	}
}

type kindOfEdge struct {
	kind     observed.Kind
	field    string
	plural   string
	declared func(*Manifest) []Entry
}

// asDeclared is the text by which a manifest declares an edge: of a call the callee alone.
func asDeclared(e observed.Edge) string {
	if e.Kind == observed.Call {
		callee, _, _ := strings.Cut(e.Name, ".")
		return callee
	}
	return e.Name
}

// deed says what an edge is, after its module's name.
func deed(e observed.Edge) string {
	switch e.Kind {
	case observed.Call:
		return "calls " + e.Name
	case observed.Event:
		return "listens to " + e.Name
	case observed.Publish:
		return "publishes " + e.Name
	case observed.Table:
		return "uses table " + e.Name
	}
	return fmt.Sprintf("does %q (%s)", e.Kind, e.Name)
}

// Observation is what tests saw, compared with what manifests declare.
type Observation struct {
	Undeclared []Violation // seen, and no manifest says so
	Dead       []Violation // declared, and never seen
	Blind      []string    // kinds of which some are declared and none was seen
	counts     []string
}

// String is one line of totals.
func (o Observation) String() string {
	return fmt.Sprintf("observed %s of the manifests; %d undeclared", strings.Join(o.counts, ", "), len(o.Undeclared))
}

// Observed compares edges that were seen with the manifests.
func (t *Tree) Observed(seen []observed.Edge) Observation {
	var o Observation
	alive := map[observed.Edge]bool{}
	for _, e := range eachOnce(seen) {
		m := t.module(e.Module)
		if m == nil || !slices.ContainsFunc(m.declares(e.Kind), func(d Entry) bool { return d.Text == asDeclared(e) }) {
			o.Undeclared = append(o.Undeclared, undeclaredEdge(m, e))
			continue
		}
		alive[observed.Edge{Kind: e.Kind, Module: e.Module, Name: asDeclared(e)}] = true
	}
	for _, k := range edgeKinds() {
		all, seen := 0, countAlive(alive, k.kind)
		for _, m := range t.own() {
			for _, d := range k.declared(&m.Manifest) {
				all++
				if e := (observed.Edge{Kind: k.kind, Module: m.Name, Name: d.Text}); !alive[e] {
					o.Dead = append(o.Dead, deadEntry(m, d, e))
				}
			}
		}
		if all > 0 && seen == 0 {
			o.Blind = append(o.Blind, k.plural)
		}
		o.counts = append(o.counts, fmt.Sprintf("%d of %d %s", seen, all, k.plural))
	}
	return o
}

// eachOnce are the edges, each once.
func eachOnce(seen []observed.Edge) []observed.Edge {
	seen = slices.Clone(seen)
	slices.SortFunc(seen, func(a, b observed.Edge) int {
		return cmp.Or(cmp.Compare(a.Module, b.Module), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return slices.Compact(seen)
}

func (m *Module) declares(kind observed.Kind) []Entry {
	for _, k := range edgeKinds() {
		if k.kind == kind {
			return k.declared(&m.Manifest)
		}
	}
	return nil
}

func countAlive(alive map[observed.Edge]bool, kind observed.Kind) int {
	n := 0
	for e := range alive {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func undeclaredEdge(m *Module, e observed.Edge) Violation {
	v := Violation{
		File: "modules/" + e.Module, Line: 1,
		What:    fmt.Sprintf("module %s %s (%s), as tests saw, and there is no such module", e.Module, deed(e), e.Kind),
		Why:     "what belongs to no module has no manifest that says what it may do",
		Instead: "let a module do it, or spell its name right where it is counted",
	}
	if m == nil {
		return v
	}
	v.File, v.Line = cmp.Or(m.Manifest.file, v.File), max(1, m.Manifest.line)
	v.What = fmt.Sprintf("module %s %s (%s), as tests saw, and its manifest does not say so", m.Name, deed(e), e.Kind)
	v.Why = "an edge that no manifest declares is on no drawing, in no grant, and missing when the module moves out"
	v.Instead = "stop it"
	for _, k := range edgeKinds() {
		if k.kind == e.Kind {
			v.Instead = fmt.Sprintf("add %q to %s in %s, or stop it", asDeclared(e), k.field, v.File)
		}
	}
	return v
}

func deadEntry(m *Module, declared Entry, e observed.Edge) Violation {
	return Violation{
		File: m.Manifest.file, Line: declared.Line,
		What:    fmt.Sprintf("dead: %s %s, and no test made it happen", m.Name, deed(e)),
		Why:     "what never happens is drawn, granted and waited for in vain; what no test makes happen is promised unseen",
		Instead: "write the test of the whole program that makes it happen, or drop the entry",
	}
}
