package archtest

import (
	"fmt"
	"go/ast"
)

// Goldens holds when each contract that publishes events compares them with golden files: a test of its
// folder calls eventtest.Golden.
func Goldens(t *Tree) []Violation {
	r := &review{rule: "events have golden files", subject: "contract that publishes"}
	for _, m := range t.Modules {
		if m.Contract == nil || len(m.Manifest.Publishes) == 0 {
			continue
		}
		r.look()
		if !t.comparesGoldens(m.Contract) {
			r.add(m.violation(m.Manifest.Publishes[0].Line, fmt.Sprintf("publishes %s, and no test of its contract calls eventtest.Golden", m.Manifest.Publishes[0].Text),
				"a field that is renamed or dropped breaks every listener and every event that is under way, and nothing says so",
				"write a test in "+m.Dir()+" that calls eventtest.Golden(t, "+m.Name+".Manifest().Publishes), and run it with -update once"))
		}
	}
	return r.done()
}

func (t *Tree) comparesGoldens(contract *Package) bool {
	found := false
	for _, f := range contract.Files {
		if !f.Test {
			continue
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			found = found || ok && f.selects(call.Fun, t.platform("event/eventtest"), "Golden")
			return !found
		})
	}
	return found
}
