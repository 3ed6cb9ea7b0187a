package extract

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// list writes the list of modules for one of them.
func (s *selection) list(text []byte) ([]byte, error) {
	f, err := parse(text, 0)
	if err != nil {
		return nil, err
	}
	var edits []edit
	gone := map[string]bool{} // functions that nothing of the list needs any more
	known := 0
	for _, element := range f.elements() {
		name, fields := listedModule(element)
		if s.trunk.module(name) == nil {
			return nil, fmt.Errorf("an entry of the list begins with no Manifest of a module: %w", ErrTangled)
		}
		known++
		switch {
		case name == s.module:
		case slices.Contains(s.strangers, name):
			edits = append(edits, edit{f.offset(element.Pos()), f.offset(element.End()), fmt.Sprintf("{Manifest: module.Manifest{Name: %q}}", name)})
			named(element, gone)
		default:
			kept := []string{f.source(fields["Manifest"])}
			if client := fields["remote"]; client != nil && slices.Contains(s.called, name) {
				kept = append(kept, f.source(client))
			}
			edits = append(edits, edit{f.offset(element.Pos()), f.offset(element.End()), "{" + strings.Join(kept, ", ") + "}"})
			named(element, gone)
		}
	}
	if known != len(s.tree.Modules) {
		return nil, fmt.Errorf("the list has %d modules, and there are %d: %w", known, len(s.tree.Modules), ErrTangled)
	}
	for _, d := range f.Decls {
		if d, ok := d.(*ast.FuncDecl); ok && gone[d.Name.Name] && d.Recv == nil {
			begin := d.Pos()
			if d.Doc != nil {
				begin = d.Doc.Pos()
			}
			_, end := f.line(f.offset(d.End()))
			edits = append(edits, edit{f.offset(begin), end, ""})
		}
	}
	return importsUsed(apply(text, edits))
}

// elements are those of the literal that func modules returns.
func (f goFile) elements() []*ast.CompositeLit {
	var all []*ast.CompositeLit
	for _, d := range f.Decls {
		d, ok := d.(*ast.FuncDecl)
		if !ok || d.Name.Name != "modules" || len(d.Body.List) != 1 {
			continue
		}
		statement, ok := d.Body.List[0].(*ast.ReturnStmt)
		if !ok || len(statement.Results) != 1 {
			continue
		}
		if literal, ok := statement.Results[0].(*ast.CompositeLit); ok {
			for _, e := range literal.Elts {
				if e, ok := e.(*ast.CompositeLit); ok {
					all = append(all, e)
				}
			}
		}
	}
	return all
}

// listedModule reads an entry: {Manifest: payment.Manifest(), ...}.
func listedModule(element *ast.CompositeLit) (name string, fields map[string]*ast.KeyValueExpr) {
	fields = map[string]*ast.KeyValueExpr{}
	for _, e := range element.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.Ident); ok {
				fields[key.Name] = pair
			}
		}
	}
	manifest, ok := fields["Manifest"]
	if !ok {
		return "", fields
	}
	if call, ok := manifest.Value.(*ast.CallExpr); ok {
		if selector, ok := call.Fun.(*ast.SelectorExpr); ok {
			if of, ok := selector.X.(*ast.Ident); ok {
				name = of.Name
			}
		}
	}
	return name, fields
}

// named notes the identifiers that are values of an entry.
func named(element *ast.CompositeLit, names map[string]bool) {
	for _, e := range element.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			if value, ok := pair.Value.(*ast.Ident); ok {
				names[value.Name] = true
			}
		}
	}
}
