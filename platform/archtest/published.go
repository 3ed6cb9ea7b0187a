package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
)

// publishing judges what one contract publishes: whether it could go over a wire, and leaks nothing.
type publishing struct {
	tree  *Tree
	r     *review
	m     *Module
	seen  map[*ast.TypeSpec]bool
	known map[*ast.TypeSpec]string // what is wrong with a type of the platform, "" if nothing
	whole bool                     // types of all the module's packages are its own, and not those of the contract alone
}

// judgePublished looks at all that a contract exports: types, functions, methods, variables.
func (t *Tree) judgePublished(r *review, m *Module) {
	w := &publishing{tree: t, r: r, m: m, seen: map[*ast.TypeSpec]bool{}, known: map[*ast.TypeSpec]string{}}
	for _, f := range m.Contract.Files {
		if f.Test {
			continue
		}
		for _, decl := range f.Syntax.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				w.function(decl, f)
			case *ast.GenDecl:
				w.declaration(decl, f)
			}
		}
	}
}

func (w *publishing) declaration(decl *ast.GenDecl, f *File) {
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() || w.tree.isEvent(spec, f) {
				w.enter(spec, f)
			}
		case *ast.ValueSpec:
			if decl.Tok == token.VAR {
				w.variables(decl, spec, f)
			}
		}
	}
}

// variables allows error sentinels that keep their identity over a wire. What is a package's state is
// told by Globals, and not again here.
func (w *publishing) variables(decl *ast.GenDecl, spec *ast.ValueSpec, f *File) {
	var state review
	w.tree.judgeVariables(&state, f, decl)
	for i, name := range spec.Names {
		told := slices.ContainsFunc(state.found, func(v Violation) bool { return v.Line == w.tree.line(name.Pos()) })
		if !name.IsExported() || told {
			continue
		}
		if len(spec.Values) == len(spec.Names) {
			call, ok := spec.Values[i].(*ast.CallExpr)
			if ok && f.selects(call.Fun, w.tree.platform("fault"), "New") {
				continue
			}
		}
		w.r.add(Violation{
			File: f.Name, Line: w.tree.line(name.Pos()),
			What:    fmt.Sprintf("publishes the variable %s, which is no error of fault.New", name.Name),
			Why:     "kind and code of a fault are what a caller in another process compares; any other variable is there another one",
			Instead: "make it a constant or a function, or declare an error by fault.New",
		})
	}
}

func (w *publishing) function(decl *ast.FuncDecl, f *File) {
	if !decl.Name.IsExported() {
		return // a method of a type that is not exported may be reached by embedding or another name
	}
	if decl.Type.TypeParams != nil {
		w.refuse(decl.Name, f, "is a function with type parameters")
	}
	for _, e := range slices.Concat(types(decl.Type.Params), types(decl.Type.Results)) {
		w.judge(e, f, true)
	}
}

// types are the types of a list of parameters or results, one for each name.
func types(list *ast.FieldList) []ast.Expr {
	var all []ast.Expr
	if list == nil {
		return nil
	}
	for _, field := range list.List {
		for range max(1, len(field.Names)) {
			all = append(all, field.Type)
		}
	}
	return all
}

// enter judges a type that the contract declares, once.
func (w *publishing) enter(spec *ast.TypeSpec, f *File) {
	if w.seen[spec] {
		return
	}
	w.seen[spec] = true
	if spec.TypeParams != nil {
		w.refuse(spec.Name, f, "is a type with type parameters")
		return
	}
	if service, ok := spec.Type.(*ast.InterfaceType); ok {
		w.service(service, f)
		return
	}
	for _, n := range w.tree.lookup(spec.Type, f) {
		if w.own(n) && w.tree.interfaced(spec.Type, f) {
			w.enter(n.spec, n.file) // another name of an interface of the contract
			return
		}
	}
	w.judge(spec.Type, f, false)
}

func (w *publishing) own(n named) bool {
	if n.spec == nil {
		return false
	}
	at := placeOf(n.file.Package.Dir)
	return n.file.Package == w.m.Contract || w.whole && at.area == "modules" && at.name == w.m.Name
}

func (w *publishing) refuse(at ast.Node, f *File, what string) {
	w.r.add(Violation{
		File: f.Name, Line: w.tree.line(at.Pos()),
		What:    fmt.Sprintf("publishes %s, which %s", written(at), what),
		Why:     "what a contract publishes goes over a wire when its module moves out; a connection, a function or a type of others does not, and ties all who import the contract to it",
		Instead: "publish structs of exported fields: basic types, strings, slices, maps with text keys, time.Time, time.Duration, types of the contract and of the platform's pure packages",
	})
}
