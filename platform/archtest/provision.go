package archtest

import (
	"fmt"
	"go/ast"
	"reflect"
	"slices"
	"strconv"
)

const fx = "go.uber.org/fx"

// Provisions holds when a module gives the program its contract's interfaces and members of value groups,
// and nothing else: what else its wiring makes is fx.Private, inside fx.Module. The wiring takes parts of
// its own module, interfaces of other contracts, what the platform offers, and plain data that cmd supplies;
// it takes no value group, and neither replaces nor fetches what others provide. Interfaces of its contract
// it gives out by way of boundary.Call.
func Provisions(t *Tree) []Violation {
	r := &review{rule: "a module provides its contract", subject: "fx.Provide of a module"}
	for _, m := range t.Modules {
		p := &provision{tree: t, r: r, m: m, made: map[string]bool{}}
		var wiring []*File
		for _, f := range t.filesIn("modules") {
			if at := placeOf(f.Package.Dir); at.name == m.Name && at.wiring() && !f.Test {
				wiring = append(wiring, f)
				p.noteMade(f)
			}
		}
		for _, f := range wiring {
			p.read(f)
		}
	}
	return r.done()
}

// provision judges the wiring of one module.
type provision struct {
	tree *Tree
	r    *review
	m    *Module
	made map[string]bool // types that the module's own constructors give
}

// vocabulary are the names of fx that keep to a module what is its own.
func vocabulary() []string {
	return []string{
		"Annotate", "Annotation", "As", "Hook", "In", "Lifecycle", "Module", "Option", "Options", "ParamTags", "Private", "Provide",
		"ResultTags", "StartHook", "StartStopHook", "StopHook",
	}
}

func (p *provision) read(f *File) {
	for _, imported := range f.Imports {
		if wire(imported.Path) && (imported.Path != fx || imported.Name == ".") {
			p.refuse(f, imported.Line, fmt.Sprintf("imports %s by the name %s", imported.Path, imported.Name),
				"what the wiring provides is read from its calls of fx", "import "+fx+" alone, under its own name")
		}
	}
	for _, imported := range f.Imports {
		if dir, local := p.tree.Local(imported.Path); local && placeOf(dir).area == "platform" && placeOf(dir).wiring() {
			p.refuse(f, imported.Line, fmt.Sprintf("imports %s, wiring of the platform", dir),
				"an option that is made elsewhere may provide, replace and fetch what this rule forbids", "write the module's options here")
		}
	}
	for _, decl := range f.Syntax.Decls {
		in := bodyOf(decl, f)
		calls, inside := map[ast.Expr]bool{}, map[ast.Node]bool{}
		ast.Inspect(decl, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if f.selects(n.Fun, fx, "Module") {
					mark(n, inside)
				}
				if f.selects(n.Fun, fx, "Provide") {
					calls[n.Fun] = true
					p.r.look()
					p.provide(n, in, inside[n])
				}
			case *ast.SelectorExpr:
				p.name(n, f, calls[n])
			case *ast.StructType:
				p.tags(n, f)
			}
			return true
		})
	}
}

// mark notes all that stands inside a node.
func mark(n ast.Node, inside map[ast.Node]bool) {
	ast.Inspect(n, func(part ast.Node) bool {
		inside[part] = true
		return true
	})
}

func (p *provision) refuse(f *File, line int, what, why, instead string) {
	p.r.add(Violation{File: f.Name, Line: line, What: what, Why: why, Instead: instead})
}

func (p *provision) line(n ast.Node) int { return p.tree.line(n.Pos()) }

func (p *provision) name(e *ast.SelectorExpr, f *File, called bool) {
	if path, ok := f.imports(e.X); !ok || path != fx {
		return
	}
	switch {
	case !slices.Contains(vocabulary(), e.Sel.Name):
		p.refuse(f, p.line(e), "uses fx."+e.Sel.Name,
			"a module that supplies, replaces, decorates or fetches values reaches into what other modules get, or hides what it needs",
			"take what is needed as a parameter of a constructor, and give by fx.Provide, fx.Private or a value group")
	case e.Sel.Name == "Provide" && !called:
		p.unread(f, e, "takes fx.Provide as a value")
	}
}

func (p *provision) unread(f *File, at ast.Node, what string) {
	p.refuse(f, p.line(at), what,
		"what a module gives to the whole program is read from the source; what can't be read may be anything",
		"write fx.Provide with functions of this package, or fx.Annotate of them with texts for tags")
}

// tags refuses parameters with names and parameters that may be missing.
func (p *provision) tags(s *ast.StructType, f *File) {
	if !p.fetches(s, f) {
		return
	}
	for _, field := range s.Fields.List {
		if field.Tag != nil {
			text, _ := strconv.Unquote(field.Tag.Value)
			p.collects(p.tag(text, f, field), f, field)
		}
	}
}

// fetches tells a struct that embeds fx.In: its fields are parameters.
func (p *provision) fetches(s *ast.StructType, f *File) bool {
	return slices.ContainsFunc(s.Fields.List, func(field *ast.Field) bool {
		if len(field.Names) > 0 {
			return false
		}
		inner, where := p.tree.underlying(field.Type, f)
		embedded, ok := inner.(*ast.StructType)
		return p.tree.is(field.Type, f, fx, "In") || ok && p.fetches(embedded, where)
	})
}

// collects refuses a value group as a parameter.
func (p *provision) collects(group bool, f *File, at ast.Node) {
	if group {
		p.refuse(f, p.line(at), "takes a value group, which only cmd collects",
			"its members are other modules' routes, subscriptions, runners and functions: their insides, and their schemas",
			"give members to groups; what a module needs of another comes by its contract or its events")
	}
}

// tag judges one tag of a parameter or result, and tells whether it names a value group.
func (p *provision) tag(text string, f *File, at ast.Node) bool {
	tag := reflect.StructTag(text)
	for _, key := range []string{"name", "optional"} {
		if _, ok := tag.Lookup(key); ok {
			p.refuse(f, p.line(at), fmt.Sprintf("has the tag %s", text),
				"a value that is found by its name, or may be missing, is an agreement that no compiler and no contract holds",
				"give it a type of its own, or put it into a value group")
		}
	}
	group, ok := tag.Lookup("group")
	return ok && group != ""
}
