package archtest

import (
	"fmt"
	"go/ast"
	gotypes "go/types"
	"strings"
)

// noteMade notes what the module's own constructors give, so that its other constructors may take it.
func (p *provision) noteMade(f *File) {
	for _, decl := range f.Syntax.Decls {
		in := bodyOf(decl, f)
		ast.Inspect(decl, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !f.selects(call.Fun, fx, "Provide") {
				return true
			}
			for _, arg := range call.Args {
				quiet := &provision{tree: p.tree, r: &review{}, m: p.m}
				c, ok := quiet.constructor(arg, in)
				if !ok {
					continue
				}
				for _, result := range types(c.Results) {
					p.made[p.tree.key(result, c.file)] = true
				}
				for _, as := range c.as {
					for _, e := range as {
						p.made[p.tree.key(made(e), f)] = true
					}
				}
			}
			return true
		})
	}
}

// key is the same for two ways to write a type; those of the language are told by how they are written.
func (t *Tree) key(e ast.Expr, f *File) string {
	if found := t.lookup(pointed(e), f); len(found) > 0 && found[0].path != "" {
		return found[0].path + "." + found[0].name
	}
	return gotypes.ExprString(e)
}

// supplied judges what a constructor takes and the module itself does not make: cmd passes it in. The
// platform's types, a logger, the clock and contracts are the same for each module, in any process; anything
// else is data, which an operator could have written down.
func (p *provision) supplied(e ast.Expr, where, f *File, at ast.Expr) {
	if p.made[p.tree.key(e, where)] || p.offered(e, where) {
		return
	}
	w := &publishing{tree: p.tree, r: &review{}, m: p.m, whole: true, seen: map[*ast.TypeSpec]bool{}, known: map[*ast.TypeSpec]string{}}
	w.judge(e, where, false)
	if len(w.r.found) == 0 {
		return
	}
	flaw := strings.TrimPrefix(w.r.found[0].What, "publishes ")
	p.refuse(f, p.line(at), fmt.Sprintf("takes %s, which the module does not make itself and which is no plain data: %s", gotypes.ExprString(e), flaw),
		"a handle, a function or a lock that cmd passes in joins two modules past their contracts",
		"take texts, numbers and durations, or make it in the module; another module's answers come by its contract")
}

// offered tells what the platform and cmd offer to each module alike.
func (p *provision) offered(e ast.Expr, where *File) bool {
	if gotypes.ExprString(e) == "func() time.Time" {
		return true
	}
	for _, n := range p.tree.lookup(pointed(e), where) {
		dir, local := p.tree.Local(n.path)
		at := placeOf(dir)
		switch {
		case n.path == fx || n.path == "log/slog" && n.name == "Logger":
			return true
		case local && at.area == "platform":
			return true
		case local && at.area == "modules" && at.name != p.m.Name:
			return true // judged as another's
		case local && at.contract() && p.tree.interfaced(e, where):
			return true
		case !local && n.path != "" && !standard(n.path):
			return true // judged as a library's
		}
	}
	return false
}
