package archtest

import (
	"go/ast"
	"go/token"
)

// binding is what a declaration gives a name that it binds.
type binding struct {
	local     bool
	literal   bool // a parameter of a function without a name
	parameter int  // the place among the declaration's own parameters, -1 when it is none
	values    []ast.Expr
	elements  []ast.Expr // of a slice that it is, or is the element of
	answers   []answer
}

// answer is one of the values that a call answers.
type answer struct {
	call  *ast.CallExpr
	place int
}

// bindings finds each value of a name in a declaration.
func bindings(name string, decl ast.Decl) binding {
	b := binding{parameter: -1}
	if f, ok := decl.(*ast.FuncDecl); ok {
		if b.parameter = placeIn(f.Type.Params, name); b.parameter >= 0 {
			b.local = true
		}
		b.local = b.local || f.Type.Results != nil && placeIn(f.Type.Results, name) >= 0
	}
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if placeIn(n.Type.Params, name) >= 0 {
				b.local, b.literal = true, true
			}
		case *ast.AssignStmt:
			b.assign(name, n)
		case *ast.ValueSpec:
			for i, id := range n.Names {
				if id.Name == name {
					b.local = true
					b.give(i, len(n.Names), n.Values)
				}
			}
		case *ast.RangeStmt:
			if id, ok := n.Value.(*ast.Ident); ok && id.Name == name {
				b.local = true
				b.values = append(b.values, elementsOf(n.X)...)
			}
		}
		return true
	})
	return b
}

// elementsOf are the texts of a list that is written out; the list itself where it has a name.
func elementsOf(e ast.Expr) []ast.Expr {
	literal, ok := e.(*ast.CompositeLit)
	if !ok {
		return []ast.Expr{e}
	}
	var list []ast.Expr
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			element = pair.Value
		}
		list = append(list, element)
	}
	return list
}

func (b *binding) assign(name string, n *ast.AssignStmt) {
	for i, lhs := range n.Lhs {
		if index, ok := lhs.(*ast.IndexExpr); ok && len(n.Lhs) == len(n.Rhs) {
			if id, ok := index.X.(*ast.Ident); ok && id.Name == name {
				b.elements = append(b.elements, n.Rhs[i])
			}
		}
		if id, ok := lhs.(*ast.Ident); ok && id.Name == name && (n.Tok == token.ASSIGN || n.Tok == token.DEFINE) {
			b.local = true
			b.give(i, len(n.Lhs), n.Rhs)
		}
	}
}

// give notes the value of the i-th of n names.
func (b *binding) give(i, n int, values []ast.Expr) {
	switch {
	case len(values) == n:
		b.value(values[i])
	case len(values) == 1:
		if call, ok := values[0].(*ast.CallExpr); ok {
			b.answers = append(b.answers, answer{call, i})
		}
	}
}

// value notes a value; of a list, and of what is appended to one, its elements.
func (b *binding) value(e ast.Expr) {
	switch e := e.(type) {
	case *ast.CompositeLit:
		b.elements = append(b.elements, elementsOf(e)...)
		return
	case *ast.CallExpr:
		switch f, _ := e.Fun.(*ast.Ident); {
		case f == nil:
		case f.Name == "append" && len(e.Args) > 1:
			b.elements = append(b.elements, e.Args[1:]...)
			return
		case f.Name == "make":
			return
		}
	}
	b.values = append(b.values, e)
}

// placeIn is the place of a name in a list of parameters, -1 when it is not there.
func placeIn(list *ast.FieldList, name string) int {
	place := 0
	for _, field := range list.List {
		for _, id := range field.Names {
			if id.Name == name {
				return place
			}
			place++
		}
		if len(field.Names) == 0 {
			place++
		}
	}
	return -1
}

// nameAt is the name at a place of a list of results, "" when it has none.
func nameAt(list *ast.FieldList, place int) string {
	for _, field := range list.List {
		for _, id := range field.Names {
			if place == 0 {
				return id.Name
			}
			place--
		}
	}
	return ""
}

// builtFrom is the first text that a declaration writes into the strings.Builder or bytes.Buffer of a name.
func builtFrom(name string, decl ast.Decl) ast.Expr {
	var first ast.Expr
	ast.Inspect(decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || first != nil {
			return first == nil
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if id, ok := method.X.(*ast.Ident); ok && id.Name == name && len(call.Args) == 1 {
			first = call.Args[0]
		}
		if id, ok := method.X.(*ast.Ident); ok && id.Name == "fmt" && len(call.Args) > 1 {
			if into, ok := call.Args[0].(*ast.UnaryExpr); ok {
				if b, ok := into.X.(*ast.Ident); ok && b.Name == name {
					first = call.Args[1]
				}
			}
		}
		return first == nil
	})
	return first
}
