package archtest

import (
	"go/ast"
	"go/token"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// judgeGiven refuses functions of the platform that put the name of a table, which their callers give,
// into a statement: by a parameter of an exported function, or by an exported field. They would read any
// module's table for whoever names it.
func (t *Tree) judgeGiven(r *review, f *File) {
	for _, decl := range f.Syntax.Decls {
		function, ok := decl.(*ast.FuncDecl)
		if !ok || function.Body == nil {
			continue
		}
		in := scope{file: f, locals: locals(decl)}
		ast.Inspect(function.Body, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok || !puts(e) {
				return true
			}
			x := t.evaluate(e, in)
			if !sqltext.Statement(x.string) || !computed(x) {
				return true
			}
			if given := givenIn(e, function, f); given != "" {
				r.add(Violation{
					File: f.Name, Line: t.line(e.Pos()),
					What:    "puts the name of a table together at run time, from what callers give: " + given,
					Why:     "all modules can call the platform, and could name each other's tables by it",
					Instead: "take no name of a table; let the module write its statements itself",
				})
			}
			return false
		})
	}
}

// puts tells an expression that may put a text together.
func puts(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return e.Op == token.ADD
	case *ast.CallExpr:
		return true
	}
	return false
}

func computed(x text) bool {
	for _, use := range sqltext.Tables(x.string) {
		if use.Computed() {
			return true
		}
	}
	return false
}

// givenIn is a piece of an expression that callers give, "" when none is.
func givenIn(e ast.Expr, function *ast.FuncDecl, f *File) string {
	given := ""
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if _, other := f.imports(n.X); !other && ast.IsExported(n.Sel.Name) {
				given = written(n)
			}
			return false
		case *ast.CallExpr:
			for _, arg := range n.Args {
				if found := givenIn(arg, function, f); found != "" {
					given = found
				}
			}
			return false
		case *ast.Ident:
			if anybodys(function) && placeIn(function.Type.Params, n.Name) >= 0 {
				given = n.Name
			}
		}
		return true
	})
	return given
}
