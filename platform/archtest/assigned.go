package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
)

// variables are the names of the package's variables, those of tests apart.
func (p *Package) variables() map[string]bool {
	names := map[string]bool{}
	for _, f := range p.Files {
		for _, decl := range f.Syntax.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok || f.Test || group.Tok != token.VAR {
				continue
			}
			for _, spec := range group.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					names[name.Name] = name.Name != "_"
				}
			}
		}
	}
	return names
}

// judgeAssignments finds where a function sets a variable of a package, or a part of one.
func (t *Tree) judgeAssignments(r *review, f *File, decl *ast.FuncDecl, own map[string]bool) {
	once := underOnce(decl, own)
	bound := bound(decl)
	eachAssigned(decl, func(e ast.Expr) {
		pkg, variable := f.rootOf(e, bound)
		if pkg == "" && !own[variable] || pkg != "" && once(e.Pos()) {
			return
		}
		if pkg != "" && pkg != "." {
			variable = pkg + "." + variable
		}
		r.add(Violation{
			File: f.Name, Line: t.line(e.Pos()),
			What:    fmt.Sprintf("assigns to %s, a variable of a package", variable),
			Why:     "what one part sets, all parts of the process get, and two tests can't differ in it",
			Instead: "pass the value as an argument, or keep it in a field",
		})
	})
}

// eachAssigned visits what = and its like, ++ and -- are given, and what a range sets without :=.
func eachAssigned(decl *ast.FuncDecl, visit func(ast.Expr)) {
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if n.Tok != token.DEFINE {
					visit(left)
				}
			}
		case *ast.IncDecStmt:
			visit(n.X)
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				visit(n.Key)
				visit(n.Value)
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				visit(n.X) // whoever has the address can assign
			}
		}
		return true
	})
}

// rootOf is the variable of which e is a part: its name, and the name of the import that it comes from,
// "" for the package's own and "." where only a dot import can have it.
func (f *File) rootOf(e ast.Expr, bound map[string]bool) (pkg, variable string) {
	switch e := e.(type) {
	case *ast.Ident:
		if e.Name != "_" && !bound[e.Name] && f.declares(e.Name) == nil && f.importsAs(".") {
			return ".", e.Name
		}
		return "", e.Name
	case *ast.SelectorExpr:
		if id, ok := e.X.(*ast.Ident); ok && f.importsAs(id.Name) && !bound[id.Name] {
			return id.Name, e.Sel.Name
		}
		return f.rootOf(e.X, bound)
	case *ast.IndexExpr:
		return f.rootOf(e.X, bound)
	case *ast.StarExpr:
		return f.rootOf(e.X, bound)
	case *ast.ParenExpr:
		return f.rootOf(e.X, bound)
	case *ast.TypeAssertExpr:
		return f.rootOf(e.X, bound)
	}
	return "", ""
}

func (f *File) importsAs(name string) bool {
	for _, imported := range f.Imports {
		if imported.Name == name {
			return true
		}
	}
	return false
}

// declares are the values that the package gives a name, nil when it has no such name.
func (f *File) declares(name string) []ast.Expr {
	return f.Package.decls[f.Syntax.Name.Name].values[name]
}

// bound are the names that a function gives to variables of its own.
func bound(decl *ast.FuncDecl) map[string]bool {
	names := map[string]bool{}
	add := func(list ...ast.Expr) {
		for _, e := range list {
			if id, ok := e.(*ast.Ident); ok {
				names[id.Name] = true
			}
		}
	}
	fields := func(list *ast.FieldList) {
		if list == nil {
			return
		}
		for _, field := range list.List {
			for _, name := range field.Names {
				names[name.Name] = true
			}
		}
	}
	fields(decl.Recv)
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncType:
			fields(n.Params)
			fields(n.Results)
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				add(n.Lhs...)
			}
		case *ast.RangeStmt:
			if n.Tok == token.DEFINE {
				add(n.Key, n.Value)
			}
		case *ast.ValueSpec:
			for _, name := range n.Names {
				names[name.Name] = true
			}
		}
		return true
	})
	return names
}

// underOnce tells places inside a function that a sync.Once of the package runs.
func underOnce(decl *ast.FuncDecl, own map[string]bool) func(token.Pos) bool {
	var inside []ast.Node
	ast.Inspect(decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if method, ok := call.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "Do" && len(call.Args) == 1 {
			if id, ok := method.X.(*ast.Ident); ok && own[id.Name] {
				inside = append(inside, call.Args[0])
			}
		}
		return true
	})
	return func(pos token.Pos) bool {
		for _, n := range inside {
			if n.Pos() <= pos && pos < n.End() {
				return true
			}
		}
		return false
	}
}
