package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
)

// Foundations holds when platform and migrations know no module: not its contract, nor its wiring, nor
// a command; and when code of the platform that goes into a program writes no event of a manifest and
// decides nothing by a module's name.
func Foundations(t *Tree) []Violation {
	r := &review{rule: "platform and migrations know no module", subject: "file of the platform"}
	for _, f := range t.filesIn("platform", "migrations") {
		from := placeOf(f.Package.Dir).area
		r.look()
		if from == "platform" && t.runs(f) {
			t.judgeTopics(r, f)
			t.judgeDecisions(r, f)
		}
		for _, imported := range f.Imports {
			dir, local := t.Local(imported.Path)
			to := placeOf(dir).area
			if !local || to == "platform" || to == from {
				continue
			}
			if to == "migrations" && f.Test {
				continue // a test may run the real scripts
			}
			r.add(Violation{
				File: f.Name, Line: imported.Line,
				What:    fmt.Sprintf("imports %s", dir),
				Why:     "every module stands on the platform and takes it along when it moves out; what the platform knows of one module, all would take along",
				Instead: "let the module pass a value or a function, or move this code to the module or to cmd",
			})
		}
	}
	return r.done()
}

func (t *Tree) judgeTopics(r *review, f *File) {
	for _, x := range f.texts {
		for _, m := range t.Modules {
			if declares(m.Manifest.Publishes, x.string) && !x.prose {
				r.add(known(f, t.textPosition(x, 0).Line, fmt.Sprintf("names the event %q of module %s", x.string, m.Name)))
			}
		}
	}
}

// judgeDecisions finds comparisons with the name of a module. It may stand anywhere else: many are plain words.
func (t *Tree) judgeDecisions(r *review, f *File) {
	for _, decl := range f.Syntax.Decls {
		in := scope{file: f, locals: locals(decl)}
		ast.Inspect(decl, func(n ast.Node) bool {
			var compared []ast.Expr
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if n.Op == token.EQL || n.Op == token.NEQ {
					compared = []ast.Expr{n.X, n.Y}
				}
			case *ast.CaseClause:
				compared = n.List
			}
			for _, e := range compared {
				if m := t.module(t.evaluate(e, in).string); m != nil {
					r.add(known(f, t.line(e.Pos()), fmt.Sprintf("decides by the name of module %s", m.Name)))
				}
			}
			return true
		})
	}
}

func known(f *File, line int, what string) Violation {
	return Violation{
		File: f.Name, Line: line, What: what,
		Why:     "every module stands on the platform and takes it along when it moves out; what the platform knows of one module, all would take along",
		Instead: "give the module an option or a function to pass, which any other may pass too",
	}
}
