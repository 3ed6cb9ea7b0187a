package archtest

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// tracer follows a text back to where its beginning is written.
type tracer struct {
	tree *Tree
	seen map[ast.Node]bool
}

// unread says where the beginning of a text comes from when nobody can read it; "" for one that can be read.
func (r tracer) unread(e ast.Expr, at spot, depth int) string {
	if e == nil || depth > deepest || r.seen[e] {
		return ""
	}
	r.seen[e] = true
	x := r.tree.evaluate(e, at.scope())
	if known := strings.TrimSpace(x.string); known == "" || !strings.HasPrefix(known, sqltext.Hole) {
		return ""
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return r.unread(e.X, at, depth+1)
	case *ast.BinaryExpr:
		if strings.TrimSpace(r.tree.evaluate(e.X, at.scope()).string) == "" {
			return r.unread(e.Y, at, depth+1)
		}
		return r.unread(e.X, at, depth+1)
	case *ast.Ident:
		return r.name(e.Name, at, depth+1)
	case *ast.SelectorExpr:
		return r.selected(e, at, depth+1)
	case *ast.IndexExpr:
		return r.indexed(e, at)
	case *ast.CallExpr:
		return r.called(e, at, depth+1)
	}
	return "what is no text"
}

// any says where the first of some texts comes from that can't be read.
func (r tracer) any(list []ast.Expr, at spot, depth int) string {
	for _, e := range list {
		if from := r.unread(e, at, depth); from != "" {
			return from
		}
	}
	return ""
}

// name follows a variable to each value that it is given, and a parameter to each call.
func (r tracer) name(name string, at spot, depth int) string {
	bound := bindings(name, at.decl)
	switch {
	case bound.parameter >= 0:
		return r.given(at.decl.(*ast.FuncDecl), bound.parameter, at, depth)
	case bound.literal:
		return "a parameter, " + name
	case !bound.local:
		return r.kept(name, at)
	}
	for _, answer := range bound.answers {
		if from := r.result(answer.call, answer.place, at, depth); from != "" {
			return from
		}
	}
	if from := r.any(bound.elements, at, depth); from != "" {
		return from
	}
	return r.any(bound.values, at, depth)
}

// kept is a variable of the package: of several values for several systems, or embedded.
func (r tracer) kept(name string, at spot) string {
	values := at.file.Package.decls[at.file.Syntax.Name.Name].values[name]
	if len(values) > 0 && !slices.Contains(values, nil) || slices.ContainsFunc(at.file.Package.Files, func(f *File) bool { return f.embeds(name) }) {
		return ""
	}
	return "the variable " + name
}

// embeds tells a variable that bears a //go:embed comment: its file is read as a script.
func (f *File) embeds(name string) bool {
	for _, decl := range f.Syntax.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok || general.Tok != token.VAR {
			continue
		}
		for _, spec := range general.Specs {
			v, ok := spec.(*ast.ValueSpec)
			if ok && v.Names[0].Name == name && (embedding(general.Doc) || embedding(v.Doc)) {
				return true
			}
		}
	}
	return false
}

func embedding(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// selected is a constant of another package, or a field: then each literal of the package gives it a value.
func (r tracer) selected(e *ast.SelectorExpr, at spot, depth int) string {
	if r.tree.packageOf(e, at.file) != nil {
		return ""
	}
	found := false
	for _, f := range at.file.Package.Files {
		for _, decl := range f.Syntax.Decls {
			for _, value := range fieldValues(decl, e.Sel.Name) {
				found = true
				if from := r.unread(value, spot{f, decl}, depth); from != "" {
					return from
				}
			}
		}
	}
	if !found {
		return "the field " + e.Sel.Name
	}
	return ""
}

// fieldValues are what a declaration gives the fields of a name.
func fieldValues(decl ast.Decl, name string) []ast.Expr {
	var values []ast.Expr
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == name {
				values = append(values, n.Value)
			}
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				if s, ok := lhs.(*ast.SelectorExpr); ok && s.Sel.Name == name && len(n.Lhs) == len(n.Rhs) {
					values = append(values, n.Rhs[i])
				}
			}
		}
		return true
	})
	return values
}

// indexed is one of several: each must be a whole statement, which is judged where it stands.
func (r tracer) indexed(e *ast.IndexExpr, at spot) string {
	literal, where := e.X, at.scope()
	if value, in, ok := r.tree.valueOf(e.X, where); ok {
		literal, where = value, in
	}
	var texts []text
	if list, ok := literal.(*ast.CompositeLit); ok {
		for _, element := range list.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				element = pair.Value
			}
			texts = append(texts, r.tree.evaluate(element, where))
		}
	}
	if !statements(texts) {
		return "a list, " + written(e.X)
	}
	return ""
}

// called is what a call answers: of the library's that put texts together, or of the tree's functions.
func (r tracer) called(call *ast.CallExpr, at spot, depth int) string {
	f := at.file
	switch {
	case converts(call.Fun) && len(call.Args) == 1:
		return r.unread(call.Args[0], at, depth)
	case f.selects(call.Fun, "fmt", "Sprintf") && len(call.Args) > 1 && strings.HasPrefix(r.tree.evaluate(call.Args[0], at.scope()).string, "%"):
		return r.unread(call.Args[1], at, depth)
	case reshapes(call, f):
		return r.unread(call.Args[0], at, depth)
	}
	if method, ok := call.Fun.(*ast.SelectorExpr); ok {
		if id, ok := method.X.(*ast.Ident); ok && f.Package.embedsAny(id.Name) {
			return "" // of an embed.FS
		}
	}
	return r.result(call, 0, at, depth)
}

// reshapes tells calls that answer the text, or the texts, of their first argument.
func reshapes(call *ast.CallExpr, f *File) bool {
	if len(call.Args) == 0 {
		return false
	}
	for _, name := range []string{"Join", "Repeat", "Replace", "ReplaceAll", "TrimSpace", "Trim", "TrimSuffix", "TrimPrefix", "TrimRight", "TrimLeft", "ToUpper", "ToLower", "Clone"} {
		if f.selects(call.Fun, "strings", name) || f.selects(call.Fun, "bytes", name) {
			return true
		}
	}
	return f.selects(call.Fun, "fmt", "Sprintf") || f.selects(call.Fun, "fmt", "Sprint") || f.selects(call.Fun, "fmt", "Sprintln")
}

func (p *Package) embedsAny(name string) bool {
	return slices.ContainsFunc(p.Files, func(f *File) bool { return f.embeds(name) })
}

// result follows one of the values that a function of the tree answers.
func (r tracer) result(call *ast.CallExpr, place int, at spot, depth int) string {
	if method, ok := call.Fun.(*ast.SelectorExpr); ok {
		if id, ok := method.X.(*ast.Ident); ok && method.Sel.Name == "String" && len(call.Args) == 0 {
			if first := builtFrom(id.Name, at.decl); first != nil {
				return r.unread(first, at, depth)
			}
		}
		if id, ok := method.X.(*ast.Ident); ok && at.file.Package.embedsAny(id.Name) {
			return ""
		}
	}
	found := r.tree.answering(call.Fun, at.file)
	if len(found) == 0 {
		return r.tree.answered(call)
	}
	for _, function := range found {
		if from := r.returned(function.decl.(*ast.FuncDecl), place, function, depth); from != "" {
			return from
		}
	}
	return ""
}

// returned follows what a function's return statements say.
func (r tracer) returned(decl *ast.FuncDecl, place int, at spot, depth int) string {
	if decl.Body == nil || depth > deepest {
		return ""
	}
	from := ""
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			call, passed := single(n.Results)
			switch {
			case from != "":
			case len(n.Results) == 0 && decl.Type.Results != nil:
				if name := nameAt(decl.Type.Results, place); name != "" {
					from = r.name(name, at, depth+1)
				}
			case passed && place > 0:
				from = r.result(call, place, at, depth+1)
			case place < len(n.Results):
				from = r.unread(n.Results[place], at, depth+1)
			}
		}
		return true
	})
	return from
}

func single(results []ast.Expr) (*ast.CallExpr, bool) {
	if len(results) != 1 {
		return nil, false
	}
	call, ok := results[0].(*ast.CallExpr)
	return call, ok
}

// answering are the functions of the tree that a call may mean: methods go by their name, in the package
// and in that of the engines.
func (t *Tree) answering(e ast.Expr, f *File) []spot {
	p, name := f.Package, ""
	switch e := generic(e).(type) {
	case *ast.Ident:
		name = e.Name
	case *ast.SelectorExpr:
		name = e.Sel.Name
		if _, function := f.imports(e.X); function {
			if p = t.packageOf(e, f); p == nil {
				return nil
			}
		}
	}
	if found := p.functions(name); len(found) > 0 || p != f.Package || t.packages["platform/sqldb"] == nil {
		return found
	}
	return t.packages["platform/sqldb"].functions(name)
}

// functions are those of the package, and the methods of its types, that bear a name.
func (p *Package) functions(name string) []spot {
	var found []spot
	for _, f := range p.Files {
		for _, decl := range f.Syntax.Decls {
			if d, ok := decl.(*ast.FuncDecl); ok && d.Name.Name == name && !f.Test {
				found = append(found, spot{f, d})
			}
		}
	}
	return found
}

// given follows a parameter to each call of its function in the package. What an exported one is given
// is anybody's.
func (r tracer) given(decl *ast.FuncDecl, place int, at spot, depth int) string {
	calls := 0
	if !anybodys(decl) {
		for _, f := range at.file.Package.Files {
			if f.Test {
				continue
			}
			for _, caller := range f.Syntax.Decls {
				for _, call := range callsOf(decl.Name.Name, caller) {
					calls++
					if place < len(call.Args) {
						if from := r.unread(call.Args[place], spot{f, caller}, depth+1); from != "" {
							return from
						}
					}
				}
			}
		}
	}
	if calls == 0 {
		return "whoever calls " + decl.Name.Name
	}
	return ""
}

// anybodys tells a function or method that other packages can call.
func anybodys(decl *ast.FuncDecl) bool {
	return ast.IsExported(decl.Name.Name) && (decl.Recv == nil || ast.IsExported(typeName(decl.Recv.List[0].Type)))
}

func callsOf(name string, in ast.Node) []*ast.CallExpr {
	var calls []*ast.CallExpr
	ast.Inspect(in, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			switch f := generic(call.Fun).(type) {
			case *ast.Ident:
				if f.Name == name {
					calls = append(calls, call)
				}
			case *ast.SelectorExpr:
				if f.Sel.Name == name {
					calls = append(calls, call)
				}
			}
		}
		return true
	})
	return calls
}
