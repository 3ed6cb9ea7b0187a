package archtest

import "fmt"

// Hosted holds when some program takes each module along: code of cmd that is no test imports its wiring.
func Hosted(t *Tree) []Violation {
	r := &review{rule: "modules are hosted", subject: "wiring of a module"}
	hosted := map[string]bool{}
	for _, f := range t.filesIn("cmd") {
		for _, imported := range f.Imports {
			if dir, local := t.Local(imported.Path); local && !f.Test {
				hosted[dir] = true
			}
		}
	}
	for _, m := range t.Modules {
		dir := m.Dir() + "/" + m.Name + "fx"
		wiring := t.packages[dir]
		if wiring == nil || wiring.first() == nil {
			continue // without wiring it may be a contract that another program serves
		}
		r.look()
		if !hosted[dir] {
			r.add(Violation{
				File: wiring.first().Name, Line: t.line(wiring.first().Syntax.Name.Pos()),
				What:    fmt.Sprintf("wires module %s, and no program takes it", m.Name),
				Why:     "its tests pass, its routes and events stand in manifests and documents, and nothing of it runs",
				Instead: "add it to the list of modules in cmd",
			})
		}
	}
	return r.done()
}
