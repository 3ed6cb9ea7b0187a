package archtest

import (
	"go/ast"
	"go/token"
)

// Goroutines holds when each goroutine of the code that runs has an owner who can wait for it. It is
// started by the Go method of a sync.WaitGroup that the package waits for, or that a function is given by
// its caller; or, outside of modules, by a go
// statement whose function closes or sends on a channel that the package receives from, or is done with a
// WaitGroup that the package waits for.
//
// Variables are told by the last part of their names, and the function of a go statement is looked for in
// the same package. Whether the waiting happens on every way out, and goroutines that a library starts,
// can't be told.
func Goroutines(t *Tree) []Violation {
	r := &review{rule: "goroutines have owners", subject: "goroutine"}
	for _, p := range t.packages {
		if !t.owns(p) {
			continue
		}
		waits := awaited(p)
		for _, f := range p.Files {
			if f.Test || !t.runs(f) {
				continue
			}
			if placeOf(p.Dir).area == "modules" {
				t.judgeLater(r, f)
			}
			for _, decl := range f.Syntax.Decls {
				judge := goroutines{tree: t, file: f, in: decl, waits: waits, review: r}
				ast.Inspect(decl, judge.visit)
			}
		}
	}
	return r.done()
}

// owns tells packages of the areas that the rule is for.
func (t *Tree) owns(p *Package) bool {
	switch placeOf(p.Dir).area {
	case "cmd", "modules", "platform":
		return true
	}
	return false
}

// judgeLater finds goroutines that a module starts by a timer or by the end of a context.
func (t *Tree) judgeLater(r *review, f *File) {
	t.each(f, []name{{"time", "AfterFunc"}, {"context", "AfterFunc"}}, func(line int, what string) {
		r.add(Violation{
			File: f.Name, Line: line,
			What:    "starts a goroutine later, by " + what,
			Why:     "nobody waits for it, and what it was to do is lost when the process ends before",
			Instead: "schedule a task: it is kept in the module's schema and runs on whichever process is there",
		})
	})
}

// goroutines looks at those that one declaration starts.
type goroutines struct {
	tree   *Tree
	file   *File
	in     ast.Decl
	waits  map[string]bool
	review *review
}

func (g goroutines) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GoStmt:
		g.review.look()
		g.judgeGo(n)
	case *ast.CallExpr:
		g.judgeGroup(n)
	}
	return true
}

func (g goroutines) judgeGo(statement *ast.GoStmt) {
	v := Violation{
		File: g.file.Name, Line: g.tree.line(statement.Pos()),
		What:    "starts a goroutine that nobody in the package waits for",
		Why:     "it outlives what it works with: at the stop of the process its work is cut anywhere, and in tests it writes into the next one",
		Instead: "start it by the Go method of a sync.WaitGroup, and wait for that in Stop or before the function returns",
	}
	switch {
	case placeOf(g.file.Package.Dir).area == "modules":
		v.What = "starts a goroutine by a go statement in a module"
		v.Why = "work that outlives its request belongs to the bus or to tasks: they retry it, count it and wait for it"
		v.Instead = "publish an event or schedule a task; what must run inside a request or beside a server starts by sync.WaitGroup.Go, in a group that is waited for"
		g.review.add(v)
	case !g.ends(statement.Call.Fun):
		g.review.add(v)
	}
}

// judgeGroup judges x.Go(...), of a sync.WaitGroup or of what is made like it.
func (g goroutines) judgeGroup(call *ast.CallExpr) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || method.Sel.Name != "Go" || len(call.Args) != 1 {
		return
	}
	g.review.look()
	if g.waits[lastPart(method.X)] || g.given(method.X) {
		return
	}
	g.review.add(Violation{
		File: g.file.Name, Line: g.tree.line(call.Pos()),
		What:    "starts a goroutine in the group " + lastPart(method.X) + ", for which nobody in the package waits",
		Why:     "a group that is not waited for owns nothing",
		Instead: "call its Wait in Stop or before the function returns",
	})
}

// given tells a parameter of type *sync.WaitGroup: the caller's group.
func (g goroutines) given(e ast.Expr) bool {
	decl, ok := g.in.(*ast.FuncDecl)
	id, named := e.(*ast.Ident)
	if !ok || !named {
		return false
	}
	for _, field := range decl.Type.Params.List {
		star, ok := field.Type.(*ast.StarExpr)
		if !ok || !g.file.selects(star.X, "sync", "WaitGroup") {
			continue
		}
		for _, name := range field.Names {
			if name.Name == id.Name {
				return true
			}
		}
	}
	return false
}

// ends tells that a goroutine's function says when it is done, to somebody in the package who listens.
func (g goroutines) ends(fun ast.Expr) bool {
	bodies := g.bodies(fun)
	for _, body := range bodies {
		if !tells(body, g.waits) {
			return false
		}
	}
	return len(bodies) > 0
}

// bodies are those that a go statement may run: a literal's, a function's, or a method's. Where the type
// of the method's value can't be seen it may be any method of the package with that name.
func (g goroutines) bodies(fun ast.Expr) []*ast.BlockStmt {
	decls := g.file.Package.decls[g.file.Syntax.Name.Name]
	var list []*ast.BlockStmt
	switch fun := fun.(type) {
	case *ast.FuncLit:
		list = append(list, fun.Body)
	case *ast.Ident:
		if decl := decls.funcs[fun.Name]; decl != nil && decl.Body != nil {
			list = append(list, decl.Body)
		}
	case *ast.SelectorExpr:
		receiver := g.typeOf(fun.X)
		for of, decl := range decls.methods {
			if of.name == fun.Sel.Name && (receiver == "" || receiver == of.receiver) && decl.Body != nil {
				list = append(list, decl.Body)
			}
		}
	}
	return list
}

// typeOf is the type of the method's receiver, or of a local variable that is made as T{...} or &T{...};
// "" for any other value.
func (g goroutines) typeOf(e ast.Expr) string {
	id, ok := e.(*ast.Ident)
	decl, isFunc := g.in.(*ast.FuncDecl)
	if !ok || !isFunc {
		return ""
	}
	values := locals(decl)[id.Name]
	if len(values) == 0 && decl.Recv != nil && len(decl.Recv.List[0].Names) == 1 && decl.Recv.List[0].Names[0].Name == id.Name {
		return typeName(decl.Recv.List[0].Type)
	}
	if len(values) != 1 {
		return ""
	}
	made := values[0]
	if address, ok := made.(*ast.UnaryExpr); ok {
		made = address.X
	}
	if literal, ok := made.(*ast.CompositeLit); ok {
		return typeName(literal.Type)
	}
	return ""
}

// tells finds close(x), x <- or x.Done() in a body, for an x that is waited for. Goroutines inside it
// speak for themselves.
func tells(body *ast.BlockStmt, waits map[string]bool) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			return false
		case *ast.SendStmt:
			found = found || waits[lastPart(n.Chan)]
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "close" && len(n.Args) == 1 {
				found = found || waits[lastPart(n.Args[0])]
			}
			if method, ok := n.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "Done" && len(n.Args) == 0 {
				found = found || waits[lastPart(method.X)]
			}
		}
		return !found
	})
	return found
}

// awaited are the last names of the channels that a package receives from and of the groups that it
// waits for, tests apart.
func awaited(p *Package) map[string]bool {
	names := map[string]bool{}
	for _, f := range p.Files {
		if f.Test {
			continue
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.UnaryExpr:
				if n.Op == token.ARROW {
					names[lastPart(n.X)] = true
				}
			case *ast.RangeStmt:
				names[lastPart(n.X)] = true
			case *ast.CallExpr:
				if method, ok := n.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "Wait" && len(n.Args) == 0 {
					names[lastPart(method.X)] = true
				}
			}
			return true
		})
	}
	delete(names, "")
	return names
}

// lastPart is the name of a variable or of its last field.
func lastPart(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.ParenExpr:
		return lastPart(e.X)
	case *ast.IndexExpr:
		return lastPart(e.X)
	case *ast.StarExpr:
		return lastPart(e.X)
	}
	return ""
}
