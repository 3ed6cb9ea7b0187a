package archtest

import (
	"fmt"
	"go/ast"
	"slices"
)

// Facts holds when a module states the events that its manifest publishes, all of them and no others:
// each event type of the contract stands in the manifest, each event of the manifest has a type and is
// made somewhere inside the module, and nobody makes an event of another module.
func Facts(t *Tree) []Violation {
	r := &review{rule: "what is stated is declared, and by its owner", subject: "event type of a contract"}
	for _, m := range t.Modules {
		if m.Contract == nil {
			continue
		}
		files := t.programOf(m)
		t.judgeEvents(r, m, files)
		for _, f := range files {
			t.judgeForeignFacts(r, m, f)
		}
	}
	return r.done()
}

// events are the event types of a contract.
func (t *Tree) events(m *Module) []named {
	var found []named
	if m.Contract == nil {
		return nil
	}
	for _, f := range m.Contract.Files {
		for _, decl := range f.Syntax.Decls {
			general, ok := decl.(*ast.GenDecl)
			if !ok || f.Test {
				continue
			}
			for _, spec := range general.Specs {
				spec, ok := spec.(*ast.TypeSpec)
				if ok && !spec.Assign.IsValid() && t.isEvent(spec, f) {
					found = append(found, named{path: t.pathOf(m.Contract), name: spec.Name.Name, spec: spec, file: f})
				}
			}
		}
	}
	return found
}

func (t *Tree) judgeEvents(r *review, m *Module, files []*File) {
	stated, typed := t.statedBy(m, files), map[string]bool{}
	for _, n := range t.events(m) {
		r.look()
		name := t.eventName(n)
		typed[name] = true
		v := Violation{File: n.file.Name, Line: t.line(n.spec.Pos())}
		switch {
		case name == "":
			v.What = fmt.Sprintf("has the event %s, whose name can't be read from EventType", n.name)
			v.Why = "who hears and who states an event is known by its name"
			v.Instead = "let EventType return event.Type{Name: ..., Version: ...} and do nothing else"
		case !m.Manifest.may("Publishes", m.Manifest.Publishes, name):
			v.What = fmt.Sprintf("has the event %s (%s), which the manifest of %s does not publish", n.name, name, m.Name)
			v.Why = "an event outside of the manifest is in no drawing, has no golden file, and nobody may listen to it"
			v.Instead = "add it to Publishes in " + m.Manifest.file + ", or drop the type"
		default:
			continue
		}
		r.add(v)
	}
	for _, declared := range m.Manifest.Publishes {
		switch {
		case declared.Text == "":
		case !typed[declared.Text]:
			r.add(m.violation(declared.Line, fmt.Sprintf("publishes %q, and no type of its contract is that event", declared.Text),
				"an event without a type can't be stated, nor read by those who hear it",
				"drop the entry, or write the struct with its method EventType"))
		case !stated[declared.Text] && !m.Elsewhere:
			r.add(m.violation(declared.Line, fmt.Sprintf("publishes %q, and none of its code states that", declared.Text),
				"who listens to it waits for ever",
				"drop the entry and the type, or state the fact where it becomes true"))
		}
	}
}

// statedBy finds the events that a module makes outside of its contract, whose samples state nothing.
func (t *Tree) statedBy(m *Module, files []*File) map[string]bool {
	stated := map[string]bool{}
	visit := func(n named, _ ast.Node) {
		if owner, ok := t.eventOf(n); ok && owner == m {
			stated[t.eventName(n)] = true
		}
	}
	for _, f := range files {
		if f.Package == m.Contract || placeOf(f.Package.Dir).wiring() {
			continue
		}
		t.constructions(f, visit)
		ast.Inspect(f.Syntax, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			if s, ok := call.Fun.(*ast.SelectorExpr); ok {
				t.maker(s, f, func(n named) { visit(n, call) })
			}
			return true
		})
	}
	return stated
}

// maker visits the types that a function of a contract returns.
func (t *Tree) maker(s *ast.SelectorExpr, f *File, visit func(n named)) {
	p := t.packageOf(s, f)
	if p == nil || p.first() == nil || !placeOf(p.Dir).contract() {
		return
	}
	if made, ok := functionIn(p, p.first().Syntax.Name.Name, s.Sel.Name); ok {
		for _, result := range types(made.Results) {
			t.mentions(pointed(result), made.file, s, func(n named, _ ast.Node) { visit(n) })
		}
	}
}

// judgeForeignFacts refuses values, second names and imitations of other modules' events.
func (t *Tree) judgeForeignFacts(r *review, m *Module, f *File) {
	foreign := func(what string) func(n named, at ast.Node) {
		return func(n named, at ast.Node) {
			if owner, ok := t.eventOf(n); ok && owner != m {
				r.add(Violation{
					File: f.Name, Line: t.line(at.Pos()),
					What:    fmt.Sprintf("%s %s, an event of module %s", what, n, owner.Name),
					Why:     "a fact is stated by its owner alone, in the transaction that makes it true; others have it from the bus",
					Instead: fmt.Sprintf("state an event of %s and let %s hear it, or call %s", m.Name, owner.Name, owner.Name),
				})
			}
		}
	}
	t.constructions(f, foreign("makes a"))
	top := typeSpecs(f)
	ast.Inspect(f.Syntax, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.TypeSpec:
			if !node.Assign.IsValid() || !slices.Contains(top, node) { // an alias of the package is seen through
				t.mentions(node.Type, f, node, foreign("gives another name to"))
			}
		case *ast.CallExpr:
			if s, ok := node.Fun.(*ast.SelectorExpr); ok {
				t.maker(s, f, func(n named) { foreign("lets a contract make a")(n, node) })
			}
		case *ast.StructType:
			for _, field := range node.Fields.List {
				if len(field.Names) == 0 {
					t.mentions(pointed(field.Type), f, field, foreign("embeds"))
				}
			}
		case *ast.FuncDecl:
			if node.Recv != nil && node.Name.Name == "EventType" && f.Package != m.Contract {
				r.add(Violation{
					File: f.Name, Line: t.line(node.Pos()),
					What:    fmt.Sprintf("makes %s an event outside of the contract", typeName(node.Recv.List[0].Type)),
					Why:     "what the bus carries is what contracts define: only that has an owner, a golden file and readers",
					Instead: "move the type to the contract modules/" + m.Name + " and add it to Publishes",
				})
			}
		}
		return true
	})
}
