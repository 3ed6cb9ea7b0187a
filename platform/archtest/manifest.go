package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// Manifest is what a module says of itself, read from the source of its contract.
type Manifest struct {
	Name      Entry
	Owner     Entry // the team that answers for the module
	Aggregate Entry // what its events are about
	Calls     []Entry
	Publishes []Entry
	Listens   []Entry
	Routes    []Entry
	Tables    []Entry
	file      string
	line      int
	unread    []Violation
	partly    []string // fields of which something can't be read
}

// unreadable tells a field that is not known in full: what it seems to lack may stand in it.
func (m *Manifest) unreadable(field string) bool { return slices.Contains(m.partly, field) }

// may tells an entry of a field, or one that may stand among what can't be read.
func (m *Manifest) may(field string, entries []Entry, text string) bool {
	return declares(entries, text) || m.unreadable(field)
}

// Entry is one text of a manifest and its line.
type Entry struct {
	Text string
	Line int
}

// manifestReader reads one func Manifest() module.Manifest.
type manifestReader struct {
	tree *Tree
	in   scope
	m    *Manifest
}

// readManifest finds func Manifest in the contract and reads the literal that it returns.
func (t *Tree) readManifest(contract *Package) Manifest {
	m := Manifest{file: contract.Files[0].Name, line: 1}
	r := manifestReader{tree: t, m: &m}
	decl, file, count := contract.function("Manifest")
	if decl == nil {
		r.refuse(token.NoPos, "declares no func Manifest() module.Manifest")
		return m
	}
	m.file, m.line = file.Name, t.line(decl.Pos())
	if count > 1 {
		r.refuse(decl.Pos(), "declares func Manifest more than once, for different systems")
	}
	r.in = scope{file: file, locals: locals(decl)}
	literal, ok := returned(decl).(*ast.CompositeLit)
	if !ok {
		r.refuse(decl.Pos(), "has a Manifest that does more than return one literal")
		return m
	}
	for _, element := range literal.Elts {
		before := len(m.unread)
		r.field(element)
		if pair, ok := element.(*ast.KeyValueExpr); ok && len(m.unread) > before {
			m.partly = append(m.partly, typeName(pair.Key))
		}
	}
	return m
}

// function finds a function of the package and its file, the first of several.
func (p *Package) function(name string) (first *ast.FuncDecl, in *File, count int) {
	for _, f := range p.Files {
		if f.Test {
			continue
		}
		for _, decl := range f.Syntax.Decls {
			if decl, ok := decl.(*ast.FuncDecl); ok && decl.Recv == nil && decl.Name.Name == name {
				count++
				if first == nil {
					first, in = decl, f
				}
			}
		}
	}
	return first, in, count
}

// returned is the expression of a body that is one return statement, nil for any other body.
func returned(decl *ast.FuncDecl) ast.Expr {
	if decl.Body == nil || len(decl.Body.List) != 1 {
		return nil
	}
	statement, ok := decl.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(statement.Results) != 1 {
		return nil
	}
	return statement.Results[0]
}

func (r manifestReader) refuse(pos token.Pos, what string) {
	line := r.m.line
	if pos.IsValid() {
		line = r.tree.line(pos)
	}
	r.m.unread = append(r.m.unread, Violation{
		File: r.m.file, Line: line, What: what,
		Why:     "the manifest is compared with what the module does by reading the source; what can't be read can't be compared",
		Instead: "write func Manifest() module.Manifest { return module.Manifest{...} } with keyed fields of texts and constants, and events by event.Define",
	})
}

func (r manifestReader) field(element ast.Expr) {
	pair, ok := element.(*ast.KeyValueExpr)
	if !ok {
		r.refuse(element.Pos(), "has a manifest whose fields bear no names")
		return
	}
	name := typeName(pair.Key)
	lists := map[string]*[]Entry{"Calls": &r.m.Calls, "Listens": &r.m.Listens, "Routes": &r.m.Routes, "Tables": &r.m.Tables}
	switch {
	case name == "Name":
		r.m.Name = r.text(pair.Value)
	case name == "Publishes":
		r.each(pair.Value, func(e ast.Expr) { r.m.Publishes = append(r.m.Publishes, r.event(e)) })
	case name == "Owner":
		r.m.Owner = r.text(pair.Value)
	case name == "Aggregate":
		r.m.Aggregate = r.text(pair.Value)
	case lists[name] != nil:
		r.each(pair.Value, func(e ast.Expr) { *lists[name] = append(*lists[name], r.text(e)) })
	case !r.tree.manifestHas(name):
		r.refuse(pair.Pos(), fmt.Sprintf("has a manifest with a field %q, which module.Manifest has not", name))
	}
}

// manifestHas tells a field of module.Manifest.
func (t *Tree) manifestHas(name string) bool {
	for _, n := range t.declared(t.platform("module"), "Manifest") {
		if n.spec != nil && field(n.spec.Type, name) != nil {
			return true
		}
	}
	return false
}

// each visits the elements of a list, which may be a literal or a name that has one for its value.
func (r manifestReader) each(e ast.Expr, visit func(ast.Expr)) {
	if value, _, ok := r.tree.valueOf(e, r.in); ok {
		e = value
	}
	if id, ok := e.(*ast.Ident); ok && id.Name == "nil" {
		return
	}
	literal, ok := e.(*ast.CompositeLit)
	if !ok {
		r.refuse(e.Pos(), "has a manifest with a list that is put together at run time")
		return
	}
	for _, element := range literal.Elts {
		visit(element)
	}
}

func (r manifestReader) text(e ast.Expr) Entry {
	value := r.tree.evaluate(e, r.in)
	if strings.Contains(value.string, sqltext.Hole) {
		r.refuse(e.Pos(), "has a manifest with a text that is put together at run time")
	}
	return Entry{Text: value.string, Line: r.tree.line(e.Pos())}
}

// event reads event.Define(sample): the name is what the EventType method of the sample's type returns.
// It reads event.Definition{Type: event.Type{...}} as well.
func (r manifestReader) event(e ast.Expr) Entry {
	entry := Entry{Line: r.tree.line(e.Pos())}
	if value, _, ok := r.tree.valueOf(e, r.in); ok {
		e = value
	}
	var name ast.Expr
	switch e := e.(type) {
	case *ast.CallExpr:
		name = r.definedName(e)
	case *ast.CompositeLit:
		name = r.eventName(fieldOf(e, "Type", 0))
	}
	if name != nil {
		entry.Text = r.text(name).Text
		return entry
	}
	r.refuse(e.Pos(), "has a manifest with an event whose name can't be read")
	return entry
}

// definedName finds the name in EventType of the sample that event.Define is given.
func (r manifestReader) definedName(call *ast.CallExpr) ast.Expr {
	if len(call.Args) != 1 {
		return nil
	}
	decls := r.in.file.Package.decls[r.in.file.Syntax.Name.Name]
	decl := decls.methods[method{r.typeOf(call.Args[0]), "EventType"}]
	if decl == nil {
		return nil
	}
	return r.eventName(returned(decl))
}

// typeOf names the type of a sample: T{...}, &T{...}, a function that returns T, or a variable of these.
func (r manifestReader) typeOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.CompositeLit:
		return typeName(e.Type)
	case *ast.UnaryExpr:
		return r.typeOf(e.X)
	case *ast.CallExpr:
		decl := r.in.file.Package.decls[r.in.file.Syntax.Name.Name].funcs[typeName(e.Fun)]
		if decl != nil && decl.Type.Results != nil && len(decl.Type.Results.List) == 1 {
			return typeName(decl.Type.Results.List[0].Type)
		}
	case *ast.Ident:
		if value, _, ok := r.tree.valueOf(e, r.in); ok {
			return r.typeOf(value)
		}
	}
	return ""
}

// eventName is the Name of an event.Type literal, or of the name that has one for its value.
func (r manifestReader) eventName(e ast.Expr) ast.Expr {
	if e == nil {
		return nil
	}
	if value, _, ok := r.tree.valueOf(e, r.in); ok {
		e = value
	}
	if literal, ok := e.(*ast.CompositeLit); ok {
		return fieldOf(literal, "Name", 0)
	}
	return nil
}

// fieldOf is the value of a literal's field, by name or by place.
func fieldOf(literal *ast.CompositeLit, name string, place int) ast.Expr {
	for i, element := range literal.Elts {
		pair, keyed := element.(*ast.KeyValueExpr)
		if keyed && typeName(pair.Key) == name {
			return pair.Value
		}
		if !keyed && i == place {
			return element
		}
	}
	return nil
}

func (m *Module) violation(line int, what, why, instead string) Violation {
	return Violation{File: m.Manifest.file, Line: line, What: fmt.Sprintf("module %s %s", m.Name, what), Why: why, Instead: instead}
}
