package archtest

import (
	"fmt"
	"go/ast"
	"strings"
)

// bypasses are the ways of huma and echo to serve HTTP beside web.Register.
func bypasses() []name {
	const echo = "github.com/labstack/echo/v4"
	list := []name{{echo, "Echo"}, {echo, "Group"}, {echo, "Router"}, {echo, "New"}, {huma + "/sse", "Register"}, {huma + "/autopatch", "AutoPatch"}}
	for _, function := range []string{"Register", "AutoRegister", "Get", "Post", "Put", "Patch", "Delete", "Head", "NewAPI", "NewGroup"} {
		list = append(list, name{huma, function})
	}
	return list
}

// judgeBypasses refuses routes that are not registered by web.Register.
func (t *Tree) judgeBypasses(r *review, f *File) {
	refuse := func(line int, what string) {
		r.add(Violation{
			File: f.Name, Line: line,
			What:    fmt.Sprintf("serves HTTP by %s, past web.Register", what),
			Why:     "limits, problem documents and the description of the API come from there, and the manifest is compared with nothing else",
			Instead: "register a huma.Operation by web.Register",
		})
	}
	t.each(f, bypasses(), refuse)
	for _, decl := range f.Syntax.Decls {
		ast.Inspect(decl, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if method := t.addsRoute(call, f, decl); method != "" {
					refuse(t.line(call.Pos()), "the method "+method)
				}
			}
			return true
		})
	}
}

// addsRoute tells methods of echo, its groups and huma's API that add a route, by their names.
func (t *Tree) addsRoute(call *ast.CallExpr, f *File, decl ast.Decl) string {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	switch s.Sel.Name {
	case "AddOperation", "Adapter", "Echo":
		if _, function := f.imports(s.X); !function {
			return s.Sel.Name
		}
	case "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "Any", "RouteNotFound":
		if len(call.Args) > 1 && strings.HasPrefix(t.evaluate(call.Args[0], bodyOf(decl, f).scope).string, "/") {
			return s.Sel.Name
		}
	}
	return ""
}
