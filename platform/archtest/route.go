package archtest

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// Routes holds when the HTTP operations of a module are those of its manifest, and each is registered
// once in the whole tree, the platform's own among them. Operations are read from web.Register, also by
// way of functions that make them or pass them on; one that goes past it is a violation.
func Routes(t *Tree) []Violation {
	r := &routing{tree: t, review: &review{rule: "routes are declared", subject: "operation of a module"}}
	for _, f := range t.filesIn("modules", "platform") {
		if t.runs(f) || !f.Test && placeOf(f.Package.Dir).area == "platform" {
			r.files = append(r.files, f)
		}
	}
	for _, f := range r.files {
		r.read(f)
	}
	r.compare()
	return r.done()
}

// routing collects what is registered.
type routing struct {
	*review

	tree       *Tree
	files      []*File
	registered []registration
}

type registration struct {
	operation

	file   *File
	line   int
	module *Module // nil for the platform
}

func (r *routing) owner(f *File) *Module {
	if p := placeOf(f.Package.Dir); p.area == "modules" {
		return r.tree.module(p.name)
	}
	return nil
}

func (r *routing) read(f *File) {
	m, web := r.owner(f), r.tree.platform("web")
	if r.tree.pathOf(f.Package) == web {
		r.served(f) // past web.Register, which is this package's own
	} else {
		r.tree.judgeBypasses(r.review, f)
	}
	if !slices.ContainsFunc(f.Imports, func(i Import) bool { return i.Path == web }) {
		return
	}
	for _, decl := range f.Syntax.Decls {
		called := map[ast.Expr]bool{}
		ast.Inspect(decl, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if ok && f.selects(generic(call.Fun), web, "Register") {
				r.look()
				called[generic(call.Fun)] = true
				r.resolve(site{call, bodyOf(decl, f)}, m)
			}
			if e, ok := n.(ast.Expr); ok && f.selects(e, web, "Register") && !called[e] {
				r.refuse(f, e, "takes web.Register as a value")
			}
			return true
		})
	}
}

// served reads the routes that the platform's server has at echo: modules may not take those either.
func (r *routing) served(f *File) {
	for _, decl := range f.Syntax.Decls {
		ast.Inspect(decl, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && r.tree.addsRoute(call, f, decl) != "" && len(call.Args) > 1 {
				o := operation{lastName(call.Fun), r.tree.evaluate(call.Args[0], bodyOf(decl, f).scope).string, true}
				r.registered = append(r.registered, registration{o, f, r.tree.line(call.Pos()), nil})
			}
			return true
		})
	}
}

func (r *routing) refuse(f *File, at ast.Node, what string) {
	r.add(Violation{
		File: f.Name, Line: r.tree.line(at.Pos()), What: what,
		Why:     "the routes of a module are compared with its manifest by reading the source; one that can't be read may take another's place",
		Instead: "call web.Register with a huma.Operation of a constant Method and Path, or a function that returns one",
	})
}

// compare holds what is registered against the manifests.
func (r *routing) compare() {
	first := map[string]registration{}
	for _, reg := range r.registered {
		key := sameRoute(reg.String())
		before, twice := first[key]
		switch {
		case reg.module != nil && !reg.module.Manifest.may("Routes", reg.module.Manifest.Routes, reg.String()):
			r.add(Violation{
				File: reg.file.Name, Line: reg.line,
				What:    fmt.Sprintf("registers %s, which the manifest of %s does not declare", reg, reg.module.Name),
				Why:     "the gateway sends a request to the module whose manifest has its route",
				Instead: fmt.Sprintf("add %q to Routes in %s, or leave it to the module that declares it", reg, reg.module.Manifest.file),
			})
		case twice && (before.module == nil || before.module == reg.module || reg.module == nil):
			r.add(Violation{
				File: reg.file.Name, Line: reg.line,
				What:    fmt.Sprintf("registers %s, which %s:%d registers already", reg, before.file.Name, before.line),
				Why:     "a request has one answer; of two operations under one route the later one takes it",
				Instead: "drop one of them or give it another path",
			})
		}
		if !twice {
			first[key] = reg
		}
	}
	for _, m := range r.tree.own() {
		for i, declared := range m.Manifest.Routes {
			again := slices.ContainsFunc(m.Manifest.Routes[:i], func(e Entry) bool { return sameRoute(e.Text) == sameRoute(declared.Text) })
			if !again && !strings.Contains(declared.Text, sqltext.Hole) && !slices.ContainsFunc(r.registered, func(reg registration) bool { return reg.module == m && reg.String() == declared.Text }) {
				r.add(m.violation(declared.Line, fmt.Sprintf("declares the route %q, and none of its code registers that", declared.Text),
					"the gateway would send requests to a module that answers 404",
					"drop the entry, or write it as it is registered: method, blank, path"))
			}
		}
	}
}

// sameRoute makes routes equal that differ in the names of their parameters, or a slash at the end.
func sameRoute(route string) string {
	var b strings.Builder
	depth := 0
	for _, c := range route {
		switch c {
		case '{':
			depth++
			b.WriteByte('{')
		case '}':
			depth--
		}
		if depth == 0 {
			b.WriteRune(c)
		}
	}
	if strings.Contains(route, " /") {
		return strings.TrimRight(b.String(), "/")
	}
	return b.String()
}
