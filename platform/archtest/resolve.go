package archtest

import (
	"go/ast"
	"path"
	"strings"
)

// named is a type with a name: one that a package declares, or one of the language. Aliases are followed
// to what they stand for.
type named struct {
	path string // of its package; "" for the language's own, type parameters and what nobody declares
	name string
	spec *ast.TypeSpec // nil when its package is not of this tree
	file *File         // where spec stands
}

func (n named) String() string {
	if n.path == "" {
		return n.name
	}
	return path.Base(n.path) + "." + n.name
}

// nameImports gives imports without a name of their own the name that the package gives itself, and not
// the last element of its path: the two may differ, and do for paths that end in a version.
func (t *Tree) nameImports() {
	for _, f := range t.Files {
		for i := range f.Imports {
			imported := &f.Imports[i]
			if i >= len(f.Syntax.Imports) || f.Syntax.Imports[i].Name != nil {
				continue
			}
			if dir, local := t.Local(imported.Path); local && t.packages[dir] != nil && t.packages[dir].first() != nil {
				imported.Name = t.packages[dir].first().Syntax.Name.Name
			} else if last := path.Base(imported.Path); version(last) {
				imported.Name = path.Base(path.Dir(imported.Path))
			}
		}
	}
}

// version tells the last element of a path such as example.com/api/v2.
func version(element string) bool {
	digits, ok := strings.CutPrefix(element, "v")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// lookup finds the types that a name speaks of; as a rule it is one. It finds several where files for
// different systems declare the name, and none for an expression that is no name.
func (t *Tree) lookup(e ast.Expr, f *File) []named { return t.find(e, f, 0) }

func (t *Tree) find(e ast.Expr, f *File, depth int) []named {
	if depth > deepest {
		return nil
	}
	var found []named
	switch e := e.(type) {
	case *ast.ParenExpr:
		return t.find(e.X, f, depth+1)
	case *ast.IndexExpr:
		return t.find(e.X, f, depth+1)
	case *ast.IndexListExpr:
		return t.find(e.X, f, depth+1)
	case *ast.Ident:
		found = t.findIdent(e.Name, f)
	case *ast.SelectorExpr:
		if pkg, ok := f.imports(e.X); ok {
			found = t.declared(pkg, e.Sel.Name)
		}
	}
	var whole []named
	for _, n := range found {
		if n.spec != nil && n.spec.Assign.IsValid() {
			if meant := t.find(n.spec.Type, n.file, depth+1); len(meant) > 0 {
				whole = append(whole, meant...)
				continue
			}
		}
		whole = append(whole, n)
	}
	return whole
}

// findIdent looks for a name in the file's package, then in those that the file imports by a dot, then
// in the language.
func (t *Tree) findIdent(name string, f *File) []named {
	if found := t.declaredIn(f.Package, f.Syntax.Name.Name, name); len(found) > 0 {
		return found
	}
	if basic(name) || name == "any" || name == "error" || name == "comparable" {
		return []named{{name: name}}
	}
	for _, imported := range f.Imports {
		if imported.Name != "." {
			continue
		}
		found := t.declared(imported.Path, name)
		if _, local := t.Local(imported.Path); !local || found[0].spec != nil {
			return found
		}
	}
	return []named{{name: name}}
}

// imports is the path of the package that e names in f.
func (f *File) imports(e ast.Expr) (string, bool) {
	id, ok := e.(*ast.Ident)
	if !ok {
		return "", false
	}
	for _, imported := range f.Imports {
		if imported.Name == id.Name {
			return imported.Path, true
		}
	}
	return "", false
}

// declared is never empty: of a package that is not in the tree only path and name are known.
func (t *Tree) declared(importPath, name string) []named {
	if dir, local := t.Local(importPath); local && t.packages[dir] != nil && t.packages[dir].first() != nil {
		p := t.packages[dir]
		if found := t.declaredIn(p, p.first().Syntax.Name.Name, name); len(found) > 0 {
			return found
		}
	}
	return []named{{path: importPath, name: name}}
}

func (t *Tree) declaredIn(p *Package, clause, name string) []named {
	var found []named
	for _, spec := range p.decls[clause].types[name] {
		found = append(found, named{path: t.pathOf(p), name: name, spec: spec, file: p.fileOf(spec)})
	}
	return found
}

func (t *Tree) pathOf(p *Package) string {
	if p.Dir == "." {
		return t.Path
	}
	return t.Path + "/" + p.Dir
}

// fileOf is the file of the package in which n stands.
func (p *Package) fileOf(n ast.Node) *File {
	for _, f := range p.Files {
		if f.Syntax.FileStart <= n.Pos() && n.Pos() < f.Syntax.FileEnd {
			return f
		}
	}
	return nil
}

// underlying is what a type is made of: names are followed until something else comes. It is nil for a
// name that the tree does not declare.
func (t *Tree) underlying(e ast.Expr, f *File) (ast.Expr, *File) {
	for range deepest {
		found := t.lookup(e, f)
		if len(found) == 0 {
			return e, f
		}
		if found[0].spec == nil {
			return nil, nil
		}
		e, f = found[0].spec.Type, found[0].file
	}
	return nil, nil
}

// interfaced tells whether a type is an interface, of the language's or the tree's.
func (t *Tree) interfaced(e ast.Expr, f *File) bool {
	for _, n := range t.lookup(e, f) {
		if n.path == "" && n.spec == nil {
			return n.name == "any" || n.name == "error"
		}
	}
	made, _ := t.underlying(e, f)
	_, ok := made.(*ast.InterfaceType)
	return ok
}

// is tells whether e names one type of a package, under whatever name.
func (t *Tree) is(e ast.Expr, f *File, importPath, name string) bool {
	for _, n := range t.lookup(e, f) {
		if n.path == importPath && n.name == name {
			return true
		}
	}
	return false
}

// basic tells the language's types that hold a value: all but complex numbers and addresses.
func basic(name string) bool {
	switch name {
	case "bool", "string", "byte", "rune", "float32", "float64",
		"int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64":
		return true
	}
	return false
}

// platform is the import path of a package of the platform.
func (t *Tree) platform(name string) string { return t.Path + "/platform/" + name }

// support finds the packages inside modules that tests alone import: they are in no program. A
// package that nobody imports is no such package, nor is a contract or wiring.
func (t *Tree) support() map[*Package]bool {
	importers := map[*Package][]*File{}
	for _, f := range t.Files {
		for _, imported := range f.Imports {
			dir, local := t.Local(imported.Path)
			if p := t.packages[dir]; local && p != nil && p != f.Package && placeOf(dir).layer() != "" {
				importers[p] = append(importers[p], f)
			}
		}
	}
	found := map[*Package]bool{}
	for p := range importers {
		found[p] = true
	}
	for changed := true; changed; {
		changed = false
		for p := range found {
			for _, f := range importers[p] {
				if !f.Test && !found[f.Package] {
					delete(found, p)
					changed = true
					break
				}
			}
		}
	}
	return found
}

// programOf are the files of a module, its contract's and its wiring's among them, that may be in a
// program: no tests, and no packages for tests.
func (t *Tree) programOf(m *Module) []*File {
	var files []*File
	for _, f := range t.filesIn("modules") {
		if t.runs(f) && placeOf(f.Package.Dir).name == m.Name {
			files = append(files, f)
		}
	}
	return files
}
