package archtest

import (
	"fmt"
	"go/ast"
)

// nearEnd wants an interface of the contract to be given out by types of the wiring, whose methods count and
// fence each call by boundary.Call, or send it by what platform/remote has made.
func (p *provision) nearEnd(e ast.Expr, where *File, c constructor, f *File) {
	given := p.givenBy(c)
	for _, method := range p.tree.methodsOf(e, where, 0) {
		ok := len(given) > 0
		for _, n := range given {
			ok = ok && p.bounded(n, method)
		}
		if !ok {
			p.refuse(f, p.line(c.at), fmt.Sprintf("gives %s out, and no method %s of its wiring is seen to call boundary.Call", written(e), method),
				"past boundary.Call a panic of this module ends its caller, the work counts as the caller's, and tests see no call",
				"return a struct of the wiring whose methods do nothing but call the app inside boundary.Call, or a client of platform/remote")
			return
		}
	}
}

// methodsOf are the names of an interface's methods, those of embedded ones among them.
func (t *Tree) methodsOf(e ast.Expr, where *File, depth int) []string {
	made, where := t.underlying(e, where)
	face, ok := made.(*ast.InterfaceType)
	if !ok || depth > deepest {
		return nil
	}
	var names []string
	for _, field := range face.Methods.List {
		for _, name := range field.Names {
			names = append(names, name.Name)
		}
		if len(field.Names) == 0 {
			names = append(names, t.methodsOf(field.Type, where, depth+1)...)
		}
	}
	return names
}

// givenBy are the types that a constructor returns in truth, none when one can't be told. Where it returns
// nil it has failed.
func (p *provision) givenBy(c constructor) []named {
	var given []named
	for _, decl := range c.file.Syntax.Decls {
		if c.Pos() < decl.Pos() || c.Pos() >= decl.End() {
			continue
		}
		in := bodyOf(decl, c.file)
		for _, e := range firstResults(bodyBelow(decl, c.FuncType)) {
			if typeName(e) == "nil" {
				continue
			}
			n, ok := p.tree.declaredType(e, in)
			if !ok {
				return nil
			}
			given = append(given, n)
		}
	}
	return given
}

// declaredType is the type with a name that a value has.
func (t *Tree) declaredType(e ast.Expr, in body) (named, bool) {
	holder, where := t.typeAt(e, in, 0)
	if holder == nil {
		return named{}, false
	}
	for _, n := range t.lookup(pointed(holder), where) {
		if n.spec != nil {
			return n, true
		}
	}
	return named{}, false
}

// bodyBelow is the body of the function or literal that has this very type.
func bodyBelow(decl ast.Decl, of *ast.FuncType) (inside *ast.BlockStmt) {
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Type == of {
				inside = n.Body
			}
		case *ast.FuncLit:
			if n.Type == of {
				inside = n.Body
			}
		}
		return inside == nil
	})
	return inside
}

// firstResults are the first results of a body's returns.
func firstResults(inside *ast.BlockStmt) []ast.Expr {
	var all []ast.Expr
	if inside == nil {
		return nil
	}
	ast.Inspect(inside, func(n ast.Node) bool {
		if statement, ok := n.(*ast.ReturnStmt); ok && len(statement.Results) > 0 {
			all = append(all, statement.Results[0])
		}
		_, function := n.(*ast.FuncLit)
		return !function
	})
	return all
}

// bounded tells a method of the wiring that goes through the boundary, or over a wire.
func (p *provision) bounded(n named, method string) bool {
	decl, f, ok := p.tree.methodOf(n, method, 0)
	if !ok || decl.Body == nil || !placeOf(f.Package.Dir).wiring() {
		return false
	}
	in, found := bodyOf(decl, f), false
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			found = found || f.selects(generic(call.Fun), p.tree.platform("boundary"), "Call") || p.tree.sends(call, in)
		}
		return !found
	})
	return found
}

// sends tells a method of a value that platform/remote declares.
func (t *Tree) sends(call *ast.CallExpr, in body) bool {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	n, ok := t.declaredType(s.X, in)
	return ok && n.path == t.platform("remote")
}
