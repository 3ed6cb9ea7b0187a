package archtest

import (
	"fmt"
	"go/ast"
)

// Labels holds when work goes by the name of whose it is. The platform and cmd say whose work begins; a
// module says it of itself alone, at the near end of its contract, and each interface that its wiring gives
// to the program counts and fences its calls there.
func Labels(t *Tree) []Violation {
	r := &review{rule: "work goes by its owner's name", subject: "file of a module"}
	pkg := t.platform("boundary")
	for _, m := range t.Modules {
		if m.Contract == nil {
			continue
		}
		h := &hearing{tree: t, m: m}
		for _, f := range t.programOf(m) {
			r.look()
			t.each(f, []name{{pkg, "Do"}}, func(line int, _ string) {
				r.add(Violation{
					File: f.Name, Line: line,
					What:    "says by boundary.Do whose work begins",
					Why:     "budgets, profiles and observed calls go by that name; under another's it is that one who is blamed and held back",
					Instead: "leave it to the bus, to tasks and to the server; a call of a contract goes by boundary.Call",
				})
			})
			for _, decl := range f.Syntax.Decls {
				in := bodyOf(decl, f)
				ast.Inspect(decl, func(n ast.Node) bool {
					if call, ok := n.(*ast.CallExpr); ok && t.asCallee(call, in) && !h.named(call.Args[0], in) {
						r.add(Violation{
							File: f.Name, Line: t.line(call.Pos()),
							What:    fmt.Sprintf("is of module %s, and answers calls under a name that is not seen to be its own", m.Name),
							Why:     "calls are counted and labelled by that name",
							Instead: "write " + m.Name + ".Manifest().Name",
						})
					}
					return true
				})
			}
		}
	}
	return r.done()
}

// asCallee tells m.Callee(name), of a meter or of what can't be told.
func (t *Tree) asCallee(call *ast.CallExpr, in body) bool {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != "Callee" || len(call.Args) != 1 {
		return false
	}
	holder, where := t.typeAt(s.X, in, 0)
	return holder == nil || t.is(pointed(holder), where, t.platform("boundary"), "Meter")
}
