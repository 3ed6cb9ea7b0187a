package archtest

import (
	"fmt"
	"go/ast"
	"strings"
)

// Operators holds when modules leave to operators, and to tests, what is theirs: the functions of the bus and
// of tasks that are handed a schema or a subscription, to deliver, list, repeat, discard and cancel past the
// workers. They are read from the platform, so that a new one is among them; New... makes what works.
func Operators(t *Tree) []Violation {
	r := &review{rule: "operators' functions are not modules'", subject: "operators' function of the bus or of tasks"}
	var theirs []name
	for _, pkg := range []string{"bus", "task"} {
		theirs = append(theirs, t.operators(pkg)...)
	}
	for range theirs {
		r.look()
	}
	for _, f := range t.filesIn("modules") {
		if !t.runs(f) {
			continue
		}
		t.each(f, theirs, func(line int, what string) {
			r.add(Violation{
				File: f.Name, Line: line,
				What:    fmt.Sprintf("uses %s, which is there for operators and tests", strings.TrimPrefix(what, t.Path+"/")),
				Why:     "it goes past order, retries and limits of the workers, reads what is kept for others, and does in no name what an operator does in his",
				Instead: "state and hear events by the bus.Publisher and handlers of the module, schedule by its task.Queue, and leave the rest to the operator's desk",
			})
		})
	}
	return r.done()
}

// operators are the exported functions of a package of the platform that take a schema or a subscription.
func (t *Tree) operators(pkg string) []name {
	p := t.packages["platform/"+pkg]
	if p == nil {
		return nil
	}
	var found []name
	for _, f := range p.Files {
		for _, decl := range f.Syntax.Decls {
			decl, ok := decl.(*ast.FuncDecl)
			if !ok || f.Test || decl.Recv != nil || !decl.Name.IsExported() || strings.HasPrefix(decl.Name.Name, "New") {
				continue
			}
			if t.operates(decl.Type, f) {
				found = append(found, name{t.pathOf(p), decl.Name.Name})
			}
		}
	}
	return found
}

func (t *Tree) operates(signature *ast.FuncType, f *File) bool {
	found := false
	for _, param := range types(signature.Params) {
		if _, function := param.(*ast.FuncType); function {
			continue // it is called with one, and not given one
		}
		t.spoken(param, f, func(n named) {
			found = found || n.path == t.platform("sqldb") && n.name == "DB" || n.path == t.platform("bus") && n.name == "Subscription"
		})
	}
	return found
}
