package archtest

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// Calls holds when modules call each other without a cycle, and exactly as their manifests declare. A
// module calls another when its code, tests apart, names an interface of the other's contract, or a type
// that only calls carry: whoever speaks of requests and answers has an interface of his own for them.
func Calls(t *Tree) []Violation {
	r := &review{rule: "calls are declared and acyclic", subject: "manifest"}
	for _, m := range t.Modules {
		if m.Contract == nil {
			continue
		}
		r.look()
		uses := t.uses(m)
		if !m.Elsewhere {
			t.judgeDeclared(r, m, uses)
		}
		for _, callee := range t.Modules {
			if use, ok := uses[callee.Name]; ok && !calls(m, callee.Name) {
				r.add(Violation{
					File: use.file, Line: use.line,
					What:    fmt.Sprintf("uses %s, and the manifest of %s does not declare that it calls %s", use.name, m.Name, callee.Name),
					Why:     "an undeclared call is an edge that no drawing shows and no extraction expects",
					Instead: fmt.Sprintf("hear the events of %s, or add %q to Calls in %s", callee.Name, callee.Name, m.Manifest.file),
				})
			}
		}
	}
	t.judgeCycles(r)
	return r.done()
}

// use is where a module's code names what another offers to call.
type use struct {
	file string
	line int
	name string
}

// uses finds the first use of each other contract's interfaces.
func (t *Tree) uses(m *Module) map[string]use {
	found := map[string]use{}
	for _, f := range t.programOf(m) {
		for _, imported := range f.Imports {
			callee := t.callee(imported, m)
			if callee == nil {
				continue
			}
			if _, seen := found[callee.Name]; seen {
				continue
			}
			if u, ok := t.useIn(f, imported, callee); ok {
				found[callee.Name] = u
			}
		}
	}
	return found
}

// callee is the other module whose contract is imported, nil when it is none.
func (t *Tree) callee(imported Import, caller *Module) *Module {
	dir, local := t.Local(imported.Path)
	p := placeOf(dir)
	if !local || !p.contract() || p.name == caller.Name {
		return nil
	}
	if m := t.module(p.name); m != nil && m.Contract != nil {
		return m
	}
	return nil
}

func (t *Tree) useIn(f *File, imported Import, callee *Module) (use, bool) {
	var found use
	for _, name := range t.callables(callee) {
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok && found.file == "" && f.selects(e, imported.Path, name) {
				found = use{f.Name, t.line(n.Pos()), callee.Name + "." + name}
			}
			return found.file == ""
		})
	}
	return found, found.file != ""
}

func calls(m *Module, callee string) bool {
	return m.Manifest.may("Calls", m.Manifest.Calls, callee)
}

func (t *Tree) judgeDeclared(r *review, m *Module, uses map[string]use) {
	for _, declared := range m.Manifest.Calls {
		_, used := uses[declared.Text]
		switch {
		case declared.Text == m.Name:
			r.add(m.violation(declared.Line, "declares that it calls itself", "the call graph is that between modules", "drop the entry"))
		case t.module(declared.Text) == nil:
			r.add(m.violation(declared.Line, fmt.Sprintf("declares that it calls %q, and there is no such module", declared.Text),
				"a misspelt name allows nothing and forbids nothing", "write the name of a folder below modules/"))
		case !used:
			r.add(m.violation(declared.Line, fmt.Sprintf("declares that it calls %s, and none of its code uses %s.Service", declared.Text, declared.Text),
				"a declared call is waited for, drawn and served over a wire at extraction", "drop the entry, or the call is missing"))
		}
	}
}

// judgeCycles follows declared and used calls alike, from each module, and reports a cycle once: at the
// first of its modules.
func (t *Tree) judgeCycles(r *review) {
	edges := map[string][]string{}
	for _, m := range t.Modules {
		for callee := range t.uses(m) {
			edges[m.Name] = append(edges[m.Name], callee)
		}
		for _, declared := range m.Manifest.Calls {
			edges[m.Name] = append(edges[m.Name], declared.Text)
		}
		slices.Sort(edges[m.Name])
		edges[m.Name] = slices.Compact(edges[m.Name])
	}
	for _, m := range t.Modules {
		if way := cycle(edges, m.Name, nil); way != nil && slices.Min(way) == m.Name {
			line := m.Manifest.line
			if len(m.Manifest.Calls) > 0 {
				line = m.Manifest.Calls[0].Line
			}
			r.add(m.violation(line, "waits for itself: "+strings.Join(append(way, m.Name), " -> "),
				"modules that call each other in a circle start, fail and move out only together",
				"let one of them publish an event that the other hears; calls go one way, events may go both"))
		}
	}
}

// cycle is a way of calls from start back to start, nil when there is none or start calls itself only.
func cycle(edges map[string][]string, start string, way []string) []string {
	at := start
	if len(way) > 0 {
		at = way[len(way)-1]
	} else {
		way = []string{start}
	}
	for _, next := range edges[at] {
		if next == start && len(way) > 1 {
			return way
		}
		if slices.Contains(way, next) {
			continue
		}
		if found := cycle(edges, start, append(slices.Clone(way), next)); found != nil {
			return found
		}
	}
	return nil
}
