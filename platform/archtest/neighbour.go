package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// Neighbours holds when the tests of a module, and the packages that support them, stand on their own
// schema and files: they open and migrate no other module's, and no path leads from a module's folder
// into another's. Examples and other files that are nobody's may be read.
func Neighbours(t *Tree) []Violation {
	r := &review{rule: "tests stand on their own schema", subject: "file of a module"}
	for _, f := range t.filesIn("modules") {
		owner := t.owner(f.Package.Dir)
		if owner == nil {
			continue
		}
		r.look()
		t.judgePaths(r, owner, f)
		if t.runs(f) {
			continue
		}
		for _, decl := range f.Syntax.Decls {
			in := bodyOf(decl, f)
			ast.Inspect(decl, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					t.judgeOpened(r, owner, call, in)
				}
				return true
			})
		}
	}
	return r.done()
}

// judgeOpened refuses the names of other modules where a test opens or migrates a schema.
func (t *Tree) judgeOpened(r *review, owner *Module, call *ast.CallExpr, in body) {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	named := call.Args
	switch {
	case in.file.selects(call.Fun, t.Path+"/migrations", "FS"):
	case (s.Sel.Name == "DB" || s.Sel.Name == "DBs") && len(call.Args) > 1 && t.packageOf(s, in.file) == nil:
		named = call.Args[1:]
	default:
		return
	}
	for _, e := range named {
		name := t.evaluate(e, in.scope).string
		if name == owner.Name || strings.Contains(name, sqltext.Hole) {
			continue
		}
		r.add(Violation{
			File: in.file.Name, Line: t.line(e.Pos()),
			What:    fmt.Sprintf("opens the schema %q in a test of module %s", name, owner.Name),
			Why:     "a test that looks into another module's tables breaks by a change that its contract never promised, and stays behind when either moves out",
			Instead: fmt.Sprintf("open %q and stand in for the other by its contract; the test of both together belongs to cmd", owner.Name),
		})
	}
}

// judgePaths refuses paths that lead upwards and into another module's folder, or into that of all.
func (t *Tree) judgePaths(r *review, owner *Module, f *File) {
	for _, x := range f.texts {
		if !strings.HasPrefix(x.string, "../") && x.string != ".." {
			continue
		}
		beside, _, _ := strings.Cut(x.string, sqltext.Hole)
		to := path.Join(f.Package.Dir, beside)
		p := placeOf(to)
		shared := p.area == "modules" || p.area == "migrations"
		if !shared || p.name == owner.Name {
			continue
		}
		r.add(Violation{
			File: f.Name, Line: t.line(x.pieces[0].pos),
			What:    fmt.Sprintf("names %s by a path, from inside module %s", to, owner.Name),
			Why:     "no import shows it, and it breaks when either module moves",
			Instead: "copy what the test needs into the module's own testdata, or use the other's contract",
		})
	}
}
