package archtest

import (
	"fmt"
	"path"
	"strings"
)

// Contracts holds when what could be taken to another repository is free to go. Of a module that is elsewhere
// the contract is here and nothing else, so that no code hides from the rules that are not asked of it. And
// the client of a contract, remote.go of a module's wiring, knows that contract and platform/remote alone:
// where a caller leaves, it goes along (banyan extract).
func Contracts(t *Tree) []Violation {
	r := &review{rule: "contracts are whole without their modules", subject: "module"}
	for _, m := range t.Modules {
		r.look()
		for _, f := range t.filesIn("modules") {
			p := placeOf(f.Package.Dir)
			client := p.wiring() && path.Base(f.Name) == clientFile
			switch {
			case p.name != m.Name:
			case client:
				t.judgeClient(r, m, f)
			case m.Elsewhere && !p.contract():
				r.add(Violation{
					File: f.Name, Line: t.line(f.Syntax.Name.Pos()),
					What:    fmt.Sprintf("is code of %s, which %s/ORIGIN says is elsewhere", m.Name, m.Dir()),
					Why:     "what is elsewhere is not asked whether it does what its manifest says, so that nothing of it may run here",
					Instead: "drop the file, or ORIGIN if the module is here",
				})
			}
		}
		if m.Elsewhere {
			t.judgeSchemaElsewhere(r, m)
		}
	}
	return r.done()
}

const clientFile = "remote.go"

func (t *Tree) judgeClient(r *review, m *Module, f *File) {
	for _, imported := range f.Imports {
		dir, local := t.Local(imported.Path)
		known := local && (dir == m.Dir() || dir == "platform/remote")
		if known || imported.Path == fx || !local && !strings.Contains(imported.Path, ".") {
			continue
		}
		r.add(Violation{
			File: f.Name, Line: imported.Line,
			What:    fmt.Sprintf("imports %s, in the client of %s", imported.Path, m.Name),
			Why:     "a caller that moves to a repository of its own takes this file along, and not what the module is made of",
			Instead: "let it know the contract, platform/remote and fx; what serves the contract stands in another file",
		})
	}
}

func (t *Tree) judgeSchemaElsewhere(r *review, m *Module) {
	for _, s := range t.scripts {
		if path.Dir(s.name) == "migrations/"+m.Name {
			r.add(Violation{
				File: s.name, Line: 1,
				What:    fmt.Sprintf("makes tables of %s, which %s/ORIGIN says is elsewhere", m.Name, m.Dir()),
				Why:     "two repositories that change one schema undo each other's work",
				Instead: "change it where the module is",
			})
		}
	}
}
