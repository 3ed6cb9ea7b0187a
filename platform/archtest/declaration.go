package archtest

import (
	"go/ast"
	"go/token"
)

// declarations are what the files of one package clause declare at top level. A name may have several
// values: files for other systems are read too.
type declarations struct {
	values  map[string][]ast.Expr // constants and variables with a value of their own
	funcs   map[string]*ast.FuncDecl
	methods map[method]*ast.FuncDecl
	twice   map[method]bool            // functions and methods that files for different systems declare each for itself
	types   map[string][]*ast.TypeSpec // several where files for other systems declare it, too
}

type method struct{ receiver, name string }

func declare(p *Package) map[string]*declarations {
	clauses := map[string]*declarations{}
	for _, f := range p.Files {
		clause := f.Syntax.Name.Name
		if clauses[clause] == nil {
			clauses[clause] = &declarations{
				values:  map[string][]ast.Expr{},
				funcs:   map[string]*ast.FuncDecl{},
				methods: map[method]*ast.FuncDecl{},
				twice:   map[method]bool{},
				types:   map[string][]*ast.TypeSpec{},
			}
		}
		for _, decl := range f.Syntax.Decls {
			clauses[clause].add(decl)
		}
	}
	return clauses
}

func (d *declarations) add(decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		key := method{name: decl.Name.Name}
		if decl.Recv != nil && len(decl.Recv.List) == 1 {
			key.receiver = typeName(decl.Recv.List[0].Type)
		}
		d.twice[key] = d.funcs[key.name] != nil && key.receiver == "" || d.methods[key] != nil
		if decl.Recv == nil {
			d.funcs[decl.Name.Name] = decl
		} else if len(decl.Recv.List) == 1 {
			d.methods[method{typeName(decl.Recv.List[0].Type), decl.Name.Name}] = decl
		}
	case *ast.GenDecl:
		repeat(decl)
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				d.types[spec.Name.Name] = append(d.types[spec.Name.Name], spec)
			case *ast.ValueSpec:
				record(d.values, spec)
			}
		}
	}
}

// repeat gives constants without a value those of the constant before them, as the language does.
func repeat(decl *ast.GenDecl) {
	if decl.Tok != token.CONST {
		return
	}
	var last []ast.Expr
	for _, spec := range decl.Specs {
		spec := spec.(*ast.ValueSpec)
		if len(spec.Values) == 0 {
			spec.Values = last
		}
		last = spec.Values
	}
}

func record(values map[string][]ast.Expr, spec *ast.ValueSpec) {
	for i, name := range spec.Names {
		if len(spec.Values) == len(spec.Names) {
			values[name.Name] = append(values[name.Name], spec.Values[i])
		} else {
			values[name.Name] = append(values[name.Name], nil)
		}
	}
}

// typeName is the name of a type written T, *T or T[P]; "" for any other.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.ParenExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.IndexListExpr:
		return typeName(e.X)
	}
	return ""
}

// locals are the names that a declaration binds inside itself, with every value it gives them; a
// parameter and the variable of a range have the value nil, which is not known.
func locals(decl ast.Node) map[string][]ast.Expr {
	values := map[string][]ast.Expr{}
	unknown := func(names ...ast.Expr) {
		for _, n := range names {
			if id, ok := n.(*ast.Ident); ok {
				values[id.Name] = append(values[id.Name], nil)
			}
		}
	}
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncType:
			for _, field := range n.Params.List {
				for _, name := range field.Names {
					unknown(name)
				}
			}
		case *ast.RangeStmt:
			unknown(n.Key, n.Value)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				unknown(n.X) // whoever has the address can assign
			}
		case *ast.AssignStmt:
			assign(values, n, unknown)
		case *ast.DeclStmt:
			for _, spec := range n.Decl.(*ast.GenDecl).Specs {
				if v, ok := spec.(*ast.ValueSpec); ok {
					record(values, v)
				}
			}
		}
		return true
	})
	return values
}

func assign(values map[string][]ast.Expr, n *ast.AssignStmt, unknown func(...ast.Expr)) {
	if len(n.Lhs) != len(n.Rhs) || n.Tok != token.DEFINE && n.Tok != token.ASSIGN {
		unknown(n.Lhs...)
		return
	}
	for i, lhs := range n.Lhs {
		if id, ok := lhs.(*ast.Ident); ok {
			values[id.Name] = append(values[id.Name], n.Rhs[i])
		}
	}
}
