package archtest

import (
	"go/ast"
	"reflect"
	"slices"
	"strconv"
)

// judge refuses each part of a type that can't go over a wire. Functions and methods of plain values may
// mention errors and whatever type the pure packages have: they are not sent.
func (w *publishing) judge(e ast.Expr, f *File, mentioned bool) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		w.judge(e.X, f, mentioned)
	case *ast.StarExpr:
		w.judge(e.X, f, mentioned)
	case *ast.Ellipsis:
		w.judge(e.Elt, f, mentioned)
	case *ast.ArrayType:
		w.judge(e.Elt, f, mentioned)
	case *ast.MapType:
		if !w.tree.keyed(e.Key, f) {
			w.refuse(e.Key, f, "is the key of a map, and no text")
		}
		w.judge(e.Value, f, mentioned)
	case *ast.StructType:
		w.fields(e, f, mentioned)
	case *ast.Ident, *ast.SelectorExpr:
		for _, n := range w.tree.lookup(e, f) {
			if what := w.flaw(n, mentioned); what != "" {
				w.refuse(e, f, what)
			}
		}
	default:
		w.refuse(e, f, kind(e))
	}
}

// kind says what a type is that no wire carries.
func kind(e ast.Expr) string {
	switch e.(type) {
	case *ast.InterfaceType:
		return "is an interface"
	case *ast.FuncType:
		return "is a function"
	case *ast.ChanType:
		return "is a channel"
	case *ast.IndexExpr, *ast.IndexListExpr:
		return "is made of a generic type"
	}
	return "can't be read"
}

func (w *publishing) flaw(n named, mentioned bool) string {
	dir, local := w.tree.Local(n.path)
	switch {
	case n.path == "" && (basic(n.name) || mentioned && n.name == "error"):
		return ""
	case n.path == "" && (n.name == "any" || n.name == "error"):
		return "is an interface"
	case n.path == "" && n.spec == nil:
		return "is no type that holds a value"
	case n.path == "time" && (n.name == "Time" || n.name == "Duration"):
		return ""
	case local && n.spec != nil && slices.Contains(pure(), dir):
		if mentioned {
			return ""
		}
		return w.ofPlatform(n)
	case !w.own(n):
		return "is a type of " + n.path
	}
	if _, ok := n.spec.Type.(*ast.InterfaceType); ok {
		return "is an interface"
	}
	w.enter(n.spec, n.file)
	return ""
}

func (w *publishing) fields(e *ast.StructType, f *File, mentioned bool) {
	for _, field := range e.Fields.List {
		switch {
		case field.Tag != nil && untold(field.Tag.Value):
			w.refuse(field, f, "is left out by its tag, so that it never arrives")
		case len(field.Names) == 0:
			if _, pointer := field.Type.(*ast.StarExpr); pointer && !ast.IsExported(lastName(field.Type)) {
				w.refuse(field.Type, f, "is embedded, is not exported and may be nil, so that nobody can fill it from a wire")
			}
		default:
			for _, name := range field.Names {
				if !name.IsExported() {
					w.refuse(name, f, "is a field that is not exported, so that it never arrives")
				}
			}
		}
		w.judge(field.Type, f, mentioned)
	}
}

// untold tells a field that JSON leaves out.
func untold(tag string) bool {
	text, err := strconv.Unquote(tag)
	return err == nil && reflect.StructTag(text).Get("json") == "-"
}

// keyed tells types that are text when they are the key of a map.
func (t *Tree) keyed(e ast.Expr, f *File) bool {
	for _, n := range t.lookup(e, f) {
		if n.path == "" && n.spec == nil {
			return n.name == "string"
		}
		if n.spec == nil || n.spec.Type == e {
			return false
		}
		if t.hasMethod(n, "MarshalText") || t.keyed(n.spec.Type, n.file) {
			continue
		}
		return false
	}
	return len(t.lookup(e, f)) > 0
}

// ofPlatform tells what is wrong with a type of a pure package: such a package may hold interfaces and
// functions, but a contract can't send them.
func (w *publishing) ofPlatform(n named) string {
	if what, ok := w.known[n.spec]; ok {
		return what
	}
	w.known[n.spec] = ""
	if w.tree.hasMethod(n, "MarshalText") || w.tree.hasMethod(n, "MarshalJSON") {
		return ""
	}
	inner := &publishing{tree: w.tree, r: &review{}, m: &Module{Name: w.m.Name, Contract: n.file.Package}, seen: map[*ast.TypeSpec]bool{}, known: w.known}
	if _, ok := n.spec.Type.(*ast.InterfaceType); ok {
		w.known[n.spec] = "is an interface"
		return w.known[n.spec]
	}
	inner.enter(n.spec, n.file)
	if len(inner.r.found) > 0 {
		w.known[n.spec] = "can't go over a wire: it " + inner.r.found[0].What
	}
	return w.known[n.spec]
}

// written is a short form of what stands in the source.
func written(n ast.Node) string {
	switch n := n.(type) {
	case *ast.Field:
		if len(n.Names) > 0 {
			return n.Names[0].Name
		}
		return written(n.Type)
	case *ast.Ident:
		return n.Name
	case *ast.SelectorExpr:
		return written(n.X) + "." + n.Sel.Name
	case *ast.StarExpr:
		return "*" + written(n.X)
	case *ast.IndexExpr:
		return written(n.X) + "[...]"
	case *ast.IndexListExpr:
		return written(n.X) + "[...]"
	case *ast.FuncType:
		return "func(...)"
	case *ast.InterfaceType:
		return "interface{...}"
	case *ast.ChanType:
		return "chan ..."
	}
	return "a type"
}

// lastName is the name that an embedded type gives its field.
func lastName(e ast.Expr) string {
	if s, ok := e.(*ast.StarExpr); ok {
		e = s.X
	}
	if s, ok := e.(*ast.SelectorExpr); ok {
		return s.Sel.Name
	}
	return typeName(e)
}
