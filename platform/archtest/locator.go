package archtest

import (
	"fmt"
	"go/ast"
)

// Locators holds when a module gets what it calls as an argument, where everybody sees it, and looks it
// up nowhere: no type assertion, type switch or type argument names an interface of another module's
// contract, and none stands in a map, list or channel from which one could be taken by a key, or in an
// empty variable whose address could be given away. None of any interface is asked for: no assertion and no
// type switch names one. Variables of a package are forbidden to all (see
// Globals). Local names for such an interface count like it. Tests, and the packages that are in no
// program, may keep their stand-ins as they like.
//
// The platform knows no module (see Foundations), so it can name none of their interfaces: a registry
// there is found where a module takes from it.
func Locators(t *Tree) []Violation {
	r := &review{rule: "what is called comes as an argument", subject: "file of a module"}
	for _, f := range t.filesIn("modules") {
		r.look()
		if !t.runs(f) {
			continue
		}
		l := locator{tree: t, file: f, own: t.owner(f.Package.Dir), review: r}
		for _, decl := range f.Syntax.Decls {
			l.declaration(decl)
		}
	}
	return r.done()
}

// locator looks through one file.
type locator struct {
	tree   *Tree
	file   *File
	own    *Module
	review *review
}

func (l locator) declaration(decl ast.Decl) {
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeAssertExpr:
			l.each("asserts that a value is", n.Type)
			l.face("asserts that a value is", n.Type)
		case *ast.TypeSwitchStmt:
			for _, c := range n.Body.List {
				l.each("asks in a type switch for", c.(*ast.CaseClause).List...)
				l.face("asks in a type switch for", c.(*ast.CaseClause).List...)
			}
		case *ast.IndexExpr:
			l.each("takes as a type argument", n.Index)
		case *ast.IndexListExpr:
			l.each("takes as a type argument", n.Indices...)
		case *ast.MapType:
			l.each("keeps in a map", n.Key, n.Value)
		case *ast.ArrayType:
			l.each("keeps in a list", n.Elt)
		case *ast.ValueSpec:
			if _, inside := decl.(*ast.FuncDecl); inside && len(n.Values) == 0 {
				l.each("has an empty variable for somebody to fill with", n.Type)
			}
		case *ast.CallExpr:
			// In wiring new(T) names a type for the container.
			if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "new" && len(n.Args) == 1 && !placeOf(l.file.Package.Dir).wiring() {
				l.each("has an empty variable for somebody to fill with", n.Args[0])
			}
		case *ast.ChanType:
			l.each("passes through a channel", n.Value)
		}
		return true
	})
}

// each adds a violation for every expression of the list in which a foreign interface is named.
func (l locator) each(how string, list ...ast.Expr) {
	for _, e := range list {
		if e == nil {
			continue
		}
		ast.Inspect(e, func(n ast.Node) bool {
			expr, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			callee, name := l.foreign(expr, 0)
			if callee == nil {
				return true
			}
			l.review.add(Violation{
				File: l.file.Name, Line: l.tree.line(expr.Pos()),
				What:    fmt.Sprintf("%s %s.%s, which module %s offers to call", how, callee.Name, name, callee.Name),
				Why:     "a module that looks up what it calls hides it from its constructor, and starts without it until the first request",
				Instead: fmt.Sprintf("take %s.%s as an argument of the constructor", callee.Name, name),
			})
			return false
		})
	}
}

// face refuses questions for an interface, by a name or written out: whoever has a value of any type finds
// so what the type does not say. What the tree does not declare, such as io.Closer, can't be told.
func (l locator) face(how string, list ...ast.Expr) {
	for _, e := range list {
		if e == nil || !l.asked(e) {
			continue
		}
		if callee, _ := l.foreign(e, 0); callee != nil {
			continue // told already, by its name
		}
		l.review.add(Violation{
			File: l.file.Name, Line: l.tree.line(e.Pos()),
			What:    fmt.Sprintf("%s %s, which is an interface or may be one", how, written(e)),
			Why:     "behind a value any method can be found in this way, another module's too, and neither a signature nor the manifest shows it",
			Instead: "modules get what they need as arguments: take the interface in the constructor or in the function's parameters",
		})
	}
}

// asked tells an interface, but error, and a name that is none of a package: a type parameter, or a type
// that a function declares for itself.
func (l locator) asked(e ast.Expr) bool {
	if l.tree.isError(e, l.file) {
		return false
	}
	if _, out := pointed(e).(*ast.InterfaceType); out || l.tree.interfaced(e, l.file) {
		return true
	}
	id, ok := e.(*ast.Ident)
	if !ok || id.Name == "nil" {
		return false
	}
	found := l.tree.lookup(e, l.file)
	return len(found) == 1 && found[0].path == "" && found[0].spec == nil && !anyOf(found[0].name)
}

// anyOf tells the language's types that are no interface.
func anyOf(name string) bool {
	return basic(name) || name == "complex64" || name == "complex128" || name == "uintptr"
}

// foreign is the other module whose contract declares the interface that e names, itself or by a type of
// this tree that is made of it.
func (l locator) foreign(e ast.Expr, depth int) (*Module, string) {
	switch e.(type) {
	case *ast.Ident, *ast.SelectorExpr:
	default:
		return nil, ""
	}
	for _, n := range l.tree.lookup(e, l.file) {
		if n.spec == nil || depth > deepest {
			continue
		}
		dir, _ := l.tree.Local(n.path)
		p := placeOf(dir)
		made, where := l.tree.underlying(n.spec.Type, n.file)
		face, ok := made.(*ast.InterfaceType)
		if !ok {
			continue
		}
		if owner := l.tree.owner(dir); owner != nil && owner != l.own && p.contract() {
			return owner, n.name
		}
		if callee, name := l.made(n, face, where, depth+1); callee != nil {
			return callee, name
		}
	}
	return nil, ""
}

// made looks through an interface of one's own: it may be another's under a new name, or embed it.
func (l locator) made(n named, face *ast.InterfaceType, where *File, depth int) (*Module, string) {
	from := locator{tree: l.tree, file: n.file, own: l.own}
	if callee, name := from.foreign(n.spec.Type, depth); callee != nil {
		return callee, name
	}
	from.file = where
	for _, field := range face.Methods.List {
		if len(field.Names) > 0 {
			continue
		}
		if callee, name := from.foreign(field.Type, depth); callee != nil {
			return callee, name
		}
	}
	return nil, ""
}
