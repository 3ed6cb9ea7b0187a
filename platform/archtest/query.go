package archtest

import (
	"fmt"
	"go/ast"
	"slices"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// Queries holds when the statements that a module runs can be read in it: each begins with a text that the
// module's code writes, be it by way of variables, fields, functions of its own that answer it, or those
// that are given it. A text that an exported function is given, that is decoded, or that comes out of a
// library may name any table. A contract holds no statement for others to run.
func Queries(t *Tree) []Violation {
	r := &review{rule: "SQL that runs can be read", subject: "statement that a module runs"}
	for _, f := range t.filesIn("modules") {
		p := placeOf(f.Package.Dir)
		if !t.runs(f) {
			continue
		}
		if p.contract() {
			t.judgeOffered(r, f, p)
		}
		if !f.Package.importsInProgram(t.platform("sqldb")) {
			continue
		}
		for _, decl := range f.Syntax.Decls {
			t.judgeQueries(r, spot{file: f, decl: decl})
		}
	}
	return r.done()
}

// judgeOffered judges the texts of a contract.
func (t *Tree) judgeOffered(r *review, f *File, p place) {
	for _, x := range f.texts {
		if x.whole {
			r.add(Violation{
				File: f.Name, Line: t.textPosition(x, 0).Line,
				What:    "holds SQL in the contract of module " + p.name,
				Why:     "who imports the contract could run it, on tables that are none of his, or learn them by it",
				Instead: "write the statement in modules/" + p.name + "/internal/store, and offer what it answers",
			})
		}
	}
}

func (t *Tree) judgeQueries(r *review, at spot) {
	ast.Inspect(at.decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		query := t.queryOf(call, at)
		if query == nil {
			return true
		}
		r.look()
		tracer := tracer{tree: t, seen: map[ast.Node]bool{}}
		if from := tracer.unread(query, at, 0); from != "" {
			r.add(Violation{
				File: at.file.Name, Line: t.line(query.Pos()),
				What:    "runs SQL that can't be read here: it comes from " + from,
				Why:     "whose tables a statement names is read in the source; a text from elsewhere may name any",
				Instead: "write the statement as a constant of the module's store, and pass values as arguments",
			})
		}
		return true
	})
}

// queryOf is the text that a call runs as SQL, nil when it runs none.
func (t *Tree) queryOf(call *ast.CallExpr, at spot) ast.Expr {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	place := 1
	switch method.Sel.Name {
	case "Get", "Select", "SelectIn", "GetContext", "SelectContext":
		place = 2
	case "Exec", "ExecCount", "ExecIn", "ExecContext", "QueryContext", "QueryRowContext", "PrepareContext", "QueryxContext", "QueryRowxContext":
	default:
		return nil
	}
	if _, function := at.file.imports(method.X); function || len(call.Args) <= place || !t.runsSQL(method, at) {
		return nil
	}
	return call.Args[place]
}

// runsSQL tells what may be a database or a transaction: by its type where that can be seen.
func (t *Tree) runsSQL(called *ast.SelectorExpr, at spot) bool {
	e, f := t.typeOf(called.X, at)
	if e == nil {
		return true
	}
	for _, n := range t.lookup(e, f) {
		if n.path == t.platform("sqldb") || n.path == "database/sql" || n.path == "github.com/jmoiron/sqlx" {
			return true
		}
	}
	made, _ := t.underlying(e, f)
	offers, ok := made.(*ast.InterfaceType)
	return ok && slices.ContainsFunc(offers.Methods.List, func(m *ast.Field) bool {
		f, method := m.Type.(*ast.FuncType)
		return !method || m.Names[0].Name == called.Sel.Name && takesArguments(f)
	})
}

// takesArguments tells a method whose last parameters are the values of a statement.
func takesArguments(f *ast.FuncType) bool {
	n := len(f.Params.List)
	if n == 0 {
		return false
	}
	_, ok := f.Params.List[n-1].Type.(*ast.Ellipsis)
	return ok
}

// typeOf is the type of a parameter, a receiver, or a field of one, and the file that writes it; nil for
// anything else.
func (t *Tree) typeOf(e ast.Expr, at spot) (ast.Expr, *File) {
	switch e := e.(type) {
	case *ast.Ident:
		return at.typed(e.Name), at.file
	case *ast.SelectorExpr:
		outer, f := t.typeOf(e.X, at)
		if outer == nil {
			return nil, nil
		}
		made, f := t.underlying(outer, f)
		if s, ok := made.(*ast.StructType); ok {
			return typeIn(s.Fields, e.Sel.Name), f
		}
	}
	return nil, nil
}

// importsInProgram tells whether a file of the package that is no test imports another.
func (p *Package) importsInProgram(importPath string) bool {
	return slices.ContainsFunc(p.Files, func(f *File) bool {
		return !f.Test && slices.ContainsFunc(f.Imports, func(i Import) bool { return i.Path == importPath })
	})
}

// spot is where an expression stands.
type spot struct {
	file *File
	decl ast.Decl
}

func (s spot) scope() scope { return scope{file: s.file, locals: locals(s.decl)} }

// typed is the type that a parameter or receiver of the declaration has, nil when there is none or several.
func (s spot) typed(name string) ast.Expr {
	var found []ast.Expr
	take := func(list *ast.FieldList) {
		if list == nil {
			return
		}
		if e := typeIn(list, name); e != nil {
			found = append(found, e)
		}
	}
	ast.Inspect(s.decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			take(n.Recv)
		case *ast.FuncType:
			take(n.Params)
		}
		return true
	})
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

// typeIn is the type of a name in a list of parameters or fields, without its stars.
func typeIn(list *ast.FieldList, name string) ast.Expr {
	for _, field := range list.List {
		for _, id := range field.Names {
			if id.Name == name {
				return unstarred(field.Type)
			}
		}
	}
	return nil
}

func unstarred(e ast.Expr) ast.Expr {
	if star, ok := e.(*ast.StarExpr); ok {
		return unstarred(star.X)
	}
	return e
}

// answered names what answered a text.
func (t *Tree) answered(call *ast.CallExpr) string {
	return fmt.Sprintf("what %s answers", written(call.Fun))
}

// statements tells texts that are each a whole statement.
func statements(list []text) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(x text) bool { return !sqltext.Statement(x.string) })
}
