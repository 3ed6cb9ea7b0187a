package archtest

import (
	"fmt"
	"go/ast"
)

// Transactions holds when a transaction is one module's, from its beginning to its end: code that is given a
// *sqldb.Tx calls no other module meanwhile, nor a function of its own that does, and no context carries a
// transaction, or anything else, out of sight of signatures.
//
// What is called is found by the types of fields, parameters and variables that are given one value. A
// transaction in a field is not followed.
func Transactions(t *Tree) []Violation {
	r := &review{rule: "a transaction is one module's", subject: "function with a transaction"}
	for _, m := range t.Modules {
		if m.Contract == nil {
			continue
		}
		files := t.programOf(m)
		calling := t.calling(m, files)
		for _, f := range files {
			t.judgeContexts(r, f)
			for _, decl := range f.Syntax.Decls {
				t.judgeTransactions(r, m, decl, bodyOf(decl, f), calling)
			}
		}
	}
	for _, f := range t.filesIn("platform") {
		if !f.Test && f.Package.Dir == "platform/sqldb" {
			t.judgeContexts(r, f)
		}
	}
	return r.done()
}

// calling are the functions of a module that call another, themselves or by one another.
func (t *Tree) calling(m *Module, files []*File) map[*ast.FuncDecl]string {
	found := map[*ast.FuncDecl]string{}
	for changed := true; changed; {
		changed = false
		for _, f := range files {
			for _, decl := range f.Syntax.Decls {
				decl, ok := decl.(*ast.FuncDecl)
				if !ok || found[decl] != "" {
					continue
				}
				if _, what := t.firstCall(m, decl, bodyOf(decl, f), found); what != "" {
					found[decl], changed = what, true
				}
			}
		}
	}
	return found
}

// firstCall is the first call below n by which another module is called, and of whom.
func (t *Tree) firstCall(m *Module, n ast.Node, in body, calling map[*ast.FuncDecl]string) (at *ast.CallExpr, what string) {
	ast.Inspect(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && what == "" {
			at, what = call, t.callsModule(m, call, in, calling)
		}
		return what == ""
	})
	return at, what
}

// callsModule is the method of another contract that a call leads to, "" when it leads to none.
func (t *Tree) callsModule(m *Module, call *ast.CallExpr, in body, calling map[*ast.FuncDecl]string) string {
	if decl, _ := t.calledFunction(call.Fun, in.file); decl != nil && calling[decl] != "" {
		return calling[decl]
	}
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	holder, where := t.typeAt(s.X, in, 0)
	if holder == nil {
		return ""
	}
	return t.method(m, pointed(holder), s.Sel.Name, where, calling, 0)
}

// method is the same for the method of a type, its own or an embedded type's.
func (t *Tree) method(m *Module, holder ast.Expr, name string, where *File, calling map[*ast.FuncDecl]string, depth int) string {
	l := locator{tree: t, file: where, own: m}
	if callee, service := l.foreign(holder, 0); callee != nil {
		return callee.Name + "." + service + "." + name
	}
	for _, n := range t.lookup(holder, where) {
		if decl, _, ok := t.methodOf(n, name, 0); ok {
			return calling[decl]
		}
	}
	made, where := t.underlying(holder, where)
	structure, ok := made.(*ast.StructType)
	if !ok || depth > deepest {
		return ""
	}
	for _, field := range structure.Fields.List {
		if len(field.Names) > 0 {
			continue
		}
		if what := t.method(m, pointed(field.Type), name, where, calling, depth+1); what != "" {
			return what
		}
	}
	return ""
}

// judgeTransactions looks into each function and literal of a declaration that has a transaction.
func (t *Tree) judgeTransactions(r *review, m *Module, decl ast.Decl, in body, calling map[*ast.FuncDecl]string) {
	seen := map[*ast.CallExpr]bool{}
	ast.Inspect(decl, func(n ast.Node) bool {
		var signature *ast.FuncType
		var inside *ast.BlockStmt
		switch n := n.(type) {
		case *ast.FuncDecl:
			signature, inside = n.Type, n.Body
		case *ast.FuncLit:
			signature, inside = n.Type, n.Body
		}
		if signature == nil || inside == nil || !t.hasTransaction(signature, in.file) {
			return true
		}
		r.look()
		ast.Inspect(inside, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || seen[call] {
				return true
			}
			seen[call] = true
			if what := t.callsModule(m, call, in, calling); what != "" {
				r.add(Violation{
					File: in.file.Name, Line: t.line(call.Pos()),
					What:    fmt.Sprintf("calls %s while it has a transaction", what),
					Why:     "locks wait for another module's answer, two schemas wait for each other, and what the other has done stays when the transaction is undone",
					Instead: "call before the transaction begins and write the answer down in it, or state an event in it that the other hears",
				})
			}
			return true
		})
		return true
	})
}

func (t *Tree) hasTransaction(signature *ast.FuncType, f *File) bool {
	for _, param := range types(signature.Params) {
		if t.is(pointed(param), f, t.platform("sqldb"), "Tx") {
			return true
		}
	}
	return false
}

// judgeContexts refuses values in contexts. A value of another type may have a method Value, if its type can
// be told.
func (t *Tree) judgeContexts(r *review, f *File) {
	refuse := func(line int, what string) {
		r.add(Violation{
			File: f.Name, Line: line, What: what,
			Why:     "what travels in a context stands in no signature: a transaction or a part of one module ends up in another, past its contract, and stays behind when that moves out",
			Instead: "pass it as an argument; deadlines, cancellation and the platform's own marks are what contexts are for",
		})
	}
	t.each(f, []name{{"context", "WithValue"}}, func(line int, _ string) { refuse(line, "puts a value into a context") })
	for _, decl := range f.Syntax.Decls {
		in := bodyOf(decl, f)
		ast.Inspect(decl, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			s, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || s.Sel.Name != "Value" {
				return true
			}
			if holder, where := t.typeAt(s.X, in, 0); holder == nil || t.is(holder, where, "context", "Context") {
				refuse(t.line(call.Pos()), "takes a value out of a context")
			}
			return true
		})
	}
}
