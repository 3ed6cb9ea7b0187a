package archtest

import (
	"go/ast"
	gotypes "go/types"
)

// body is where code stands: a declaration with its receiver, parameters and local names.
type body struct {
	scope
	decl   ast.Decl
	params map[string][]ast.Expr // the types of receiver, parameters and variables
	given  map[string]operation  // what a call gives for parameters that are operations
}

func bodyOf(decl ast.Decl, f *File) body {
	b := body{scope: scope{file: f, locals: locals(decl)}, decl: decl, params: map[string][]ast.Expr{}}
	list := func(fields *ast.FieldList) {
		if fields == nil {
			return
		}
		for _, field := range fields.List {
			for _, name := range field.Names {
				b.params[name.Name] = append(b.params[name.Name], field.Type)
			}
		}
	}
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			list(n.Recv)
		case *ast.FuncType:
			list(n.Params)
			list(n.Results)
		case *ast.ValueSpec:
			for _, name := range n.Names {
				if n.Type != nil {
					b.params[name.Name] = append(b.params[name.Name], n.Type)
				}
			}
		}
		return true
	})
	return b
}

// signature is a function's type and the file that its names are to be read in.
type signature struct {
	*ast.FuncType

	file *File
}

// signatureOf finds what a function looks like: a literal, a function of the tree, a method value, the
// result of a call. It does not find what more than one value or type may give.
func (t *Tree) signatureOf(e ast.Expr, in body) (signature, bool) {
	return t.signatureAt(e, in, 0)
}

func (t *Tree) signatureAt(e ast.Expr, in body, depth int) (signature, bool) {
	if depth > deepest {
		return signature{}, false
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return t.signatureAt(e.X, in, depth+1)
	case *ast.FuncLit:
		return signature{e.Type, in.file}, true
	case *ast.Ident:
		if value, where, ok := t.valueOf(e, in.scope); ok {
			if where.locals == nil {
				return t.signatureAt(value, body{scope: where}, depth+1)
			}
			return t.signatureAt(value, in, depth+1)
		}
		if known := in.params[e.Name]; len(known) == 1 {
			if f, where := t.underlying(known[0], in.file); f != nil {
				f, ok := f.(*ast.FuncType)
				return signature{f, where}, ok
			}
		}
		if _, local := in.locals[e.Name]; !local {
			return functionIn(in.file.Package, in.file.Syntax.Name.Name, e.Name)
		}
	case *ast.SelectorExpr:
		if p := t.packageOf(e, in.file); p != nil && p.first() != nil {
			return functionIn(p, p.first().Syntax.Name.Name, e.Sel.Name)
		}
		return t.methodValue(e, in, depth+1)
	case *ast.CallExpr:
		made, ok := t.signatureAt(e.Fun, in, depth+1)
		if !ok || len(types(made.Results)) == 0 {
			return signature{}, false
		}
		result, where := t.underlying(types(made.Results)[0], made.file)
		if f, ok := result.(*ast.FuncType); ok {
			return signature{f, where}, true
		}
	}
	return signature{}, false
}

func functionIn(p *Package, clause, name string) (signature, bool) {
	decls := p.decls[clause]
	if decls == nil || decls.funcs[name] == nil || decls.twice[method{name: name}] {
		return signature{}, false
	}
	return signature{decls.funcs[name].Type, p.fileOf(decls.funcs[name])}, true
}

// methodValue finds the method by the type of what stands before the dot, and where that can't be told
// by its name, if one type of the package alone has such a method.
func (t *Tree) methodValue(e *ast.SelectorExpr, in body, depth int) (signature, bool) {
	if holder, where := t.typeAt(e.X, in, depth); holder != nil {
		for _, n := range t.lookup(pointed(holder), where) {
			if decl, f, ok := t.methodOf(n, e.Sel.Name, 0); ok && !f.twice(decl) {
				return signature{decl.Type, f}, true
			}
		}
		return signature{}, false
	}
	var only *ast.FuncDecl
	for key, decl := range in.file.Package.decls[in.file.Syntax.Name.Name].methods {
		if key.name != e.Sel.Name {
			continue
		}
		if only != nil {
			return signature{}, false
		}
		only = decl
	}
	if only == nil || in.file.twice(only) {
		return signature{}, false
	}
	return signature{only.Type, in.file.Package.fileOf(only)}, true
}

// twice tells a function or method that other files of the package declare, too, for other systems.
func (f *File) twice(decl *ast.FuncDecl) bool {
	key := method{name: decl.Name.Name}
	if decl.Recv != nil && len(decl.Recv.List) == 1 {
		key.receiver = typeName(decl.Recv.List[0].Type)
	}
	return f.Package.decls[f.Syntax.Name.Name].twice[key]
}

// typeAt is the type of a value, nil when it can't be told.
func (t *Tree) typeAt(e ast.Expr, in body, depth int) (ast.Expr, *File) {
	if depth > deepest {
		return nil, nil
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return t.typeAt(e.X, in, depth+1)
	case *ast.UnaryExpr:
		return t.typeAt(e.X, in, depth+1)
	case *ast.StarExpr:
		return t.typeAt(e.X, in, depth+1)
	case *ast.CompositeLit:
		return e.Type, in.file
	case *ast.Ident:
		if known := in.params[e.Name]; alike(known) {
			return known[0], in.file
		}
		if value, where, ok := t.valueOf(e, in.scope); ok {
			if where.locals == nil {
				return t.typeAt(value, body{scope: where}, depth+1)
			}
			return t.typeAt(value, in, depth+1)
		}
	case *ast.CallExpr:
		if typeName(e.Fun) == "new" && len(e.Args) == 1 {
			return e.Args[0], in.file
		}
		if made, ok := t.signatureAt(e.Fun, in, depth+1); ok && len(types(made.Results)) > 0 {
			return types(made.Results)[0], made.file
		}
	case *ast.SelectorExpr:
		holder, where := t.typeAt(e.X, in, depth+1)
		if holder == nil {
			return nil, nil
		}
		made, where := t.underlying(pointed(holder), where)
		return field(made, e.Sel.Name), where
	}
	return nil, nil
}

// alike tells types that are written the same: a name may be that of several parameters.
func alike(known []ast.Expr) bool {
	for _, e := range known {
		if gotypes.ExprString(e) != gotypes.ExprString(known[0]) {
			return false
		}
	}
	return len(known) > 0
}

// field is the type of a struct's field, nil when there is none.
func field(structure ast.Expr, name string) ast.Expr {
	s, ok := structure.(*ast.StructType)
	if !ok {
		return nil
	}
	for _, f := range s.Fields.List {
		if len(f.Names) == 0 && lastName(f.Type) == name {
			return f.Type
		}
		for _, n := range f.Names {
			if n.Name == name {
				return f.Type
			}
		}
	}
	return nil
}
