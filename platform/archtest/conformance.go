package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// Conformances holds when each interface that a contract offers is put to the proof where the module is
// wired: tests of its *fx package call each method wherever the module may run (remotetest.Everywhere), see
// that each is served and sent (remotetest.Complete), and keep what goes over the wire (remotetest.Golden).
func Conformances(t *Tree) []Violation {
	r := &review{rule: "contracts have conformance suites", subject: "contract"}
	for _, m := range t.Modules {
		if m.Contract == nil {
			continue
		}
		r.look()
		if m.Elsewhere {
			continue // who has the module proves it
		}
		for _, f := range m.Contract.Files {
			for _, spec := range offered(f) {
				t.proved(r, m, f, spec)
			}
		}
	}
	return r.done()
}

// offered are the exported interfaces of a contract's file.
func offered(f *File) []*ast.TypeSpec {
	var specs []*ast.TypeSpec
	for _, decl := range f.Syntax.Decls {
		types, ok := decl.(*ast.GenDecl)
		if f.Test || !ok || types.Tok != token.TYPE {
			continue
		}
		for _, s := range types.Specs {
			spec := s.(*ast.TypeSpec) //nolint:forcetypeassert // a declaration of types has no other
			if _, face := spec.Type.(*ast.InterfaceType); face && spec.Name.IsExported() {
				specs = append(specs, spec)
			}
		}
	}
	return specs
}

func (t *Tree) proved(r *review, m *Module, f *File, spec *ast.TypeSpec) {
	methods := t.methodsOf(spec.Type, f, 0)
	wiring := t.packages[m.Dir()+"/"+m.Name+"fx"]
	if len(methods) == 0 || wiring == nil {
		return // nobody can call it
	}
	called, proofs := t.tested(wiring)
	var missing []string
	for _, name := range []string{"Everywhere", "Complete", "Golden"} {
		if !proofs[name] {
			missing = append(missing, "remotetest."+name)
		}
	}
	for _, name := range methods {
		if !called[name] {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		r.add(Violation{
			File: f.Name, Line: t.line(spec.Pos()),
			What: fmt.Sprintf("module %s offers %s, and no test of its wiring calls %s", m.Name, spec.Name.Name, strings.Join(missing, ", ")),
			Why: "what a caller may rely on (results, errors, deadlines, repetition) would hold in process, and be found wrong when " +
				"the module is moved out",
			Instead: "write the conformance suite of the contract in " + wiring.Dir + ", as the catalog has one",
		})
	}
}

// tested are the methods that the tests of a package call, and what they call of remotetest.
func (t *Tree) tested(p *Package) (called, proofs map[string]bool) {
	called, proofs = map[string]bool{}, map[string]bool{}
	for _, f := range p.Files {
		if !f.Test {
			continue
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			selector, ok := generic(call.Fun).(*ast.SelectorExpr)
			switch {
			case !ok:
			case f.selects(selector, t.platform("remote/remotetest"), selector.Sel.Name):
				proofs[selector.Sel.Name] = true
			default:
				called[selector.Sel.Name] = true
			}
			return true
		})
	}
	return called, proofs
}
