package archtest

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// huma is the framework whose operations the platform's web.Register takes.
const huma = "github.com/danielgtaylor/huma/v2"

// operation is what code registers: a method and a path, as far as they can be read.
type operation struct {
	method, path string
	known        bool
}

func (o operation) String() string { return o.method + " " + o.path }

// operationAt reads a huma.Operation: a literal, a variable of one value, or what a function of the
// package returns, whose parameters are what the call gives it.
func (t *Tree) operationAt(e ast.Expr, in body, depth int) operation {
	if depth > deepest {
		return operation{}
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return t.operationAt(e.X, in, depth+1)
	case *ast.CompositeLit:
		method, path := fieldOf(e, "Method", -1), fieldOf(e, "Path", -1)
		if method == nil || path == nil {
			return operation{}
		}
		o := operation{method: t.verb(method, in.scope, 0), path: t.evaluate(path, in.scope).string}
		o.known = !strings.Contains(o.String(), sqltext.Hole) && strings.HasPrefix(o.path, "/") && o.method != ""
		return o
	case *ast.Ident:
		if in.redirects(e.Name) {
			return operation{}
		}
		if o, ok := in.given[e.Name]; ok {
			return o
		}
		if value, where, ok := t.valueOf(e, in.scope); ok {
			if where.locals == nil {
				return t.operationAt(value, body{scope: where}, depth+1)
			}
			return t.operationAt(value, in, depth+1)
		}
	case *ast.CallExpr:
		return t.returnedOperation(e, in, depth+1)
	}
	return operation{}
}

// returnedOperation follows a call into a function of the tree. Its arguments take the place of its
// parameters; a function that returns different operations returns none that can be read.
func (t *Tree) returnedOperation(call *ast.CallExpr, in body, depth int) operation {
	decl, f := t.calledFunction(call.Fun, in.file)
	if decl == nil || decl.Body == nil {
		return operation{}
	}
	inside := t.within(decl, f, call, in, depth)
	var found []operation
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		if _, inner := n.(*ast.FuncLit); inner {
			return false
		}
		if statement, ok := n.(*ast.ReturnStmt); ok && len(statement.Results) == 1 {
			found = append(found, t.operationAt(statement.Results[0], inside, depth+1))
		}
		return true
	})
	if len(found) == 0 {
		return operation{}
	}
	for _, o := range found {
		if o != found[0] {
			return operation{}
		}
	}
	return found[0]
}

// within is the body of a function with what a call gives it: texts and operations that can be read.
func (t *Tree) within(decl *ast.FuncDecl, f *File, call *ast.CallExpr, in body, depth int) body {
	inside := bodyOf(decl, f)
	inside.given = map[string]operation{}
	for i, name := range paramNames(decl.Type) {
		if i >= len(call.Args) || len(inside.locals[name]) > 1 {
			continue // one that is assigned in the function is not what the call gave
		}
		if o := t.operationAt(call.Args[i], in, depth+1); o.known {
			inside.given[name] = o
		} else if text := t.verb(call.Args[i], in.scope, 0); !strings.Contains(text, sqltext.Hole) {
			inside.locals[name] = []ast.Expr{&ast.BasicLit{ValuePos: call.Pos(), Kind: token.STRING, Value: strconv.Quote(text)}}
		}
	}
	return inside
}

// calledFunction is the function of the tree that a call names.
func (t *Tree) calledFunction(fun ast.Expr, f *File) (*ast.FuncDecl, *File) {
	p, name := f.Package, ""
	clause := f.Syntax.Name.Name
	switch fun := generic(fun).(type) {
	case *ast.Ident:
		name = fun.Name
	case *ast.SelectorExpr:
		if p = t.packageOf(fun, f); p == nil || p.first() == nil {
			return nil, nil
		}
		clause, name = p.first().Syntax.Name.Name, fun.Sel.Name
	}
	if decl := p.decls[clause].funcs[name]; decl != nil && !p.decls[clause].twice[method{name: name}] {
		return decl, p.fileOf(decl)
	}
	return nil, nil
}

func paramNames(f *ast.FuncType) []string {
	var names []string
	for _, field := range f.Params.List {
		if len(field.Names) == 0 {
			names = append(names, "_")
		}
		for _, name := range field.Names {
			names = append(names, name.Name)
		}
	}
	return names
}

// redirects tells whether code changes the method or path of an operation after it was made, or lends it
// to someone who may.
func (b body) redirects(name string) bool {
	changes := false
	ast.Inspect(b.decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				if s, ok := lhs.(*ast.SelectorExpr); ok && typeName(s.X) == name && (s.Sel.Name == "Method" || s.Sel.Name == "Path") {
					changes = true
				}
			}
		case *ast.RangeStmt:
			for _, lhs := range []ast.Expr{n.Key, n.Value} {
				if s, ok := lhs.(*ast.SelectorExpr); ok && typeName(s.X) == name {
					changes = true
				}
			}
		case *ast.UnaryExpr:
			changes = changes || n.Op == token.AND && typeName(n.X) == name
		}
		return true
	})
	return changes
}

// verb evaluates a text in which net/http's names of methods may stand.
func (t *Tree) verb(e ast.Expr, in scope, depth int) string {
	if s, ok := e.(*ast.SelectorExpr); ok && depth < deepest {
		if name, method := strings.CutPrefix(s.Sel.Name, "Method"); method && in.file.selects(e, "net/http", s.Sel.Name) {
			return strings.ToUpper(name)
		}
	}
	if id, ok := e.(*ast.Ident); ok && strings.HasPrefix(id.Name, "Method") && in.file.selects(e, "net/http", id.Name) {
		return strings.ToUpper(strings.TrimPrefix(id.Name, "Method"))
	}
	if value, where, ok := t.valueOf(e, in); ok && depth < deepest {
		return t.verb(value, where, depth+1)
	}
	return t.evaluate(e, in).string
}
