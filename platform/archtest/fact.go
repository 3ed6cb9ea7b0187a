package archtest

import (
	"go/ast"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// hasMethod tells whether a type of the tree has the method, its own or an embedded type's.
func (t *Tree) hasMethod(n named, name string) bool {
	_, _, ok := t.methodOf(n, name, 0)
	return ok
}

// methodOf finds a method of a type, its own or an embedded type's.
func (t *Tree) methodOf(n named, name string, depth int) (*ast.FuncDecl, *File, bool) {
	if n.spec == nil || depth > deepest {
		return nil, nil, false
	}
	p := n.file.Package
	if decl := p.decls[n.file.Syntax.Name.Name].methods[method{n.name, name}]; decl != nil {
		return decl, p.fileOf(decl), true
	}
	made, where := t.underlying(n.spec.Type, n.file)
	structure, ok := made.(*ast.StructType)
	if !ok {
		return nil, nil, false
	}
	for _, field := range structure.Fields.List {
		if len(field.Names) > 0 {
			continue
		}
		for _, embedded := range t.lookup(pointed(field.Type), where) {
			if decl, f, ok := t.methodOf(embedded, name, depth+1); ok {
				return decl, f, true
			}
		}
	}
	return nil, nil, false
}

// pointed is the type that a pointer, or a pointer in parentheses, points to; any other type is itself.
func pointed(e ast.Expr) ast.Expr {
	for {
		switch inner := e.(type) {
		case *ast.StarExpr:
			e = inner.X
		case *ast.ParenExpr:
			e = inner.X
		default:
			return e
		}
	}
}

// isEvent tells a type that has a method EventType.
func (t *Tree) isEvent(spec *ast.TypeSpec, f *File) bool {
	return t.hasMethod(named{path: t.pathOf(f.Package), name: spec.Name.Name, spec: spec, file: f}, "EventType")
}

// eventOf tells whether n is an event of a contract, and whose.
func (t *Tree) eventOf(n named) (*Module, bool) {
	if n.spec == nil {
		return nil, false
	}
	p := placeOf(n.file.Package.Dir)
	if !p.contract() || !t.hasMethod(n, "EventType") {
		return nil, false
	}
	m := t.module(p.name)
	return m, m != nil
}

// eventName reads what EventType of an event returns, "" where it can't be read.
func (t *Tree) eventName(n named) string {
	decl, f, ok := t.methodOf(n, "EventType", 0)
	if !ok || f.twice(decl) {
		return ""
	}
	in := scope{file: f, locals: locals(decl)}
	e := returned(decl)
	if e == nil {
		return ""
	}
	if value, where, ok := t.valueOf(e, in); ok {
		e, in = value, where
	}
	literal, ok := e.(*ast.CompositeLit)
	if !ok {
		return ""
	}
	name := fieldOf(literal, "Name", 0)
	if name == nil {
		return ""
	}
	if x := t.evaluate(name, in); !strings.Contains(x.string, sqltext.Hole) {
		return x.string
	}
	return ""
}

// constructions visits each place where a file makes a value of a type with a name: a literal, one
// among a literal's elements too, new, a conversion, a variable or a result that begins as zero.
func (t *Tree) constructions(f *File, visit func(n named, at ast.Node)) {
	ast.Inspect(f.Syntax, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.CompositeLit:
			if node.Type != nil {
				t.literal(node.Type, f, node, visit)
			}
		case *ast.CallExpr:
			made := pointed(node.Fun)
			if typeName(node.Fun) == "new" && len(node.Args) == 1 {
				made = node.Args[0]
			}
			t.mentions(made, f, node, visit)
		case *ast.ValueSpec:
			t.zero(node.Type, f, node, visit)
		case *ast.FuncType:
			if node.Results == nil {
				break
			}
			for _, field := range node.Results.List {
				if len(field.Names) > 0 {
					t.zero(field.Type, f, field, visit)
				}
			}
		}
		return true
	})
}

// zero visits the type of a variable, or of the elements of an array.
func (t *Tree) zero(e ast.Expr, f *File, at ast.Node, visit func(n named, at ast.Node)) {
	for {
		array, ok := e.(*ast.ArrayType)
		if !ok || array.Len == nil {
			break
		}
		e = array.Elt
	}
	if e != nil {
		t.mentions(e, f, at, visit)
	}
}

func (t *Tree) mentions(e ast.Expr, f *File, at ast.Node, visit func(n named, at ast.Node)) {
	for _, n := range t.lookup(e, f) {
		if n.spec != nil {
			visit(n, at)
		}
	}
}

func (t *Tree) literal(e ast.Expr, f *File, literal *ast.CompositeLit, visit func(n named, at ast.Node)) {
	t.mentions(e, f, literal, visit)
	made, where := t.underlying(e, f)
	for _, element := range literal.Elts {
		var parts []ast.Expr
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			parts = []ast.Expr{pair.Key, pair.Value}
		} else {
			parts = []ast.Expr{element}
		}
		for i, part := range parts {
			inner, ok := part.(*ast.CompositeLit)
			if !ok || inner.Type != nil {
				continue
			}
			switch made := made.(type) {
			case *ast.ArrayType:
				t.literal(pointed(made.Elt), where, inner, visit)
			case *ast.MapType:
				t.literal(pointed([]ast.Expr{made.Key, made.Value}[i]), where, inner, visit)
			}
		}
	}
}
