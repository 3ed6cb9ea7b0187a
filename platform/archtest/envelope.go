package archtest

import (
	"fmt"
	"go/ast"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// Envelopes holds when a module states its events of the aggregate that its manifest names, and reads those
// of others as its handlers get them: decoded by the contract's type, and not out of the envelope by its own.
func Envelopes(t *Tree) []Violation {
	r := &review{rule: "events are read and stated by their contracts", subject: "file of a module"}
	for _, m := range t.Modules {
		if m.Contract == nil {
			continue
		}
		for _, f := range t.programOf(m) {
			r.look()
			t.each(f, []name{{t.platform("event"), "Decode"}}, func(line int, _ string) {
				r.add(opened(f, line, "decodes an event by event.Decode"))
			})
			for _, decl := range f.Syntax.Decls {
				e := envelopes{tree: t, m: m, in: bodyOf(decl, f), review: r}
				ast.Inspect(decl, e.visit)
			}
			t.constructions(f, func(n named, at ast.Node) { t.judgeAggregate(r, m, f, n, at) })
		}
	}
	return r.done()
}

func opened(f *File, line int, what string) Violation {
	return Violation{
		File: f.Name, Line: line, What: what,
		Why:     "bytes that are read by a type of one's own know nothing of versions, and no contract promises what stands in them",
		Instead: "take the fact as the handler's argument of bus.On or bus.OnSet; if something is missing there, add it to the event",
	}
}

// envelopes looks through one declaration for bytes that are taken out of an envelope.
type envelopes struct {
	tree   *Tree
	m      *Module
	in     body
	review *review
}

func (e envelopes) visit(n ast.Node) bool {
	s, ok := n.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != "Payload" {
		return true
	}
	if holder, where := e.tree.typeAt(s.X, e.in, 0); holder == nil || e.tree.is(pointed(holder), where, e.tree.platform("event"), "Envelope") {
		e.review.add(opened(e.in.file, e.tree.line(s.Pos()), "reads the payload of an envelope"))
	}
	return true
}

// judgeAggregate compares what an event is said to be about with the manifest.
func (t *Tree) judgeAggregate(r *review, m *Module, f *File, n named, at ast.Node) {
	literal, ok := at.(*ast.CompositeLit)
	if !ok || n.path != t.platform("event") || n.name != "Aggregate" || m.Manifest.Aggregate.Text == "" {
		return
	}
	about := fieldOf(literal, "Type", 0)
	if about == nil {
		return
	}
	x := t.evaluate(about, t.scopeAround(about, f))
	if x.string == m.Manifest.Aggregate.Text || t.ofManifest(about, "Aggregate", m, f) {
		return
	}
	what := fmt.Sprintf("states events of the aggregate %q", x.string)
	if strings.Contains(x.string, sqltext.Hole) {
		what = "states events of an aggregate whose type can't be read"
	}
	r.add(Violation{
		File: f.Name, Line: t.line(about.Pos()), What: what,
		Why:     "who hears events in the order of an aggregate takes them for its owner's, and versions of two writers collide",
		Instead: fmt.Sprintf("write %q, the Aggregate in the manifest of %s", m.Manifest.Aggregate.Text, m.Name),
	})
}

// scopeAround is what names mean at an expression of a file.
func (t *Tree) scopeAround(e ast.Expr, f *File) scope {
	for _, decl := range f.Syntax.Decls {
		if decl.Pos() <= e.Pos() && e.Pos() < decl.End() {
			return bodyOf(decl, f).scope
		}
	}
	return scope{file: f}
}
