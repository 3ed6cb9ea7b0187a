package archtest

import (
	"go/ast"
	"slices"
)

// callables are the names of a contract that only callers need: its interfaces, and the types that their
// methods carry and its events don't. What identifies a thing, such as an order's ID, is anybody's.
func (t *Tree) callables(m *Module) []string {
	var names []string
	called, told := map[string]bool{}, map[string]bool{}
	for _, f := range m.Contract.Files {
		if f.Test {
			continue
		}
		for _, spec := range typeSpecs(f) {
			switch {
			case t.interfaced(spec.Name, f):
				names = append(names, spec.Name.Name)
				t.madeOf(spec.Type, f, m.Contract, called)
			case t.isEvent(spec, f):
				told[spec.Name.Name] = true
				t.madeOf(spec.Type, f, m.Contract, told)
			}
		}
	}
	for name := range called {
		if !told[name] && !t.identifies(m, name) {
			names = append(names, name)
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !ast.IsExported(name) })
	slices.Sort(names)
	return slices.Compact(names)
}

// typeSpecs are the types that a file declares at top level.
func typeSpecs(f *File) []*ast.TypeSpec {
	var specs []*ast.TypeSpec
	for _, decl := range f.Syntax.Decls {
		if general, ok := decl.(*ast.GenDecl); ok {
			for _, spec := range general.Specs {
				if spec, ok := spec.(*ast.TypeSpec); ok {
					specs = append(specs, spec)
				}
			}
		}
	}
	return specs
}

// madeOf collects the names of a package's types that e is made of.
func (t *Tree) madeOf(e ast.Expr, f *File, p *Package, names map[string]bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field: // its names are none of types
			t.madeOf(n.Type, f, p, names)
			return false
		case *ast.Ident:
			for _, found := range t.lookup(n, f) {
				if found.spec != nil && found.file.Package == p && !names[found.name] {
					names[found.name] = true
					t.madeOf(found.spec.Type, found.file, p, names)
				}
			}
		}
		return true
	})
}

// identifies tells a type that is an ID and nothing else: id.UUID under a name, or in a struct alone.
func (t *Tree) identifies(m *Module, name string) bool {
	for _, n := range t.declared(t.pathOf(m.Contract), name) {
		if n.spec == nil {
			return false
		}
		e := n.spec.Type
		if structure, ok := e.(*ast.StructType); ok && structure.Fields.NumFields() == 1 {
			e = structure.Fields.List[0].Type
		}
		if !t.is(e, n.file, t.platform("id"), "UUID") {
			return false
		}
	}
	return true
}
