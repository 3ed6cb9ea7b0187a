package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// OwnTables holds when the SQL in a module's code names the module's own tables only: those that its
// migrations make. Literals, constants, concatenations and fmt.Sprintf are read as the text that they
// compose; a table whose name comes together at run time can't be judged and is a violation. Tests may
// compose names, and look at the bus tables of their schema.
//
// Code that is no module's (platform, cmd without its tests, the rest of the tree) names no module's table.
func OwnTables(t *Tree) []Violation {
	r := &review{rule: "SQL names the module's own tables", subject: "SQL in a module"}
	for _, f := range t.Files {
		p := placeOf(f.Package.Dir)
		owner := t.module(p.name)
		if p.area != "modules" && p.area != "migrations" {
			owner = nil
		}
		if owner == nil && t.program(p.area) && f.Test {
			continue // tests of the whole program look at all schemas
		}
		for _, x := range f.texts {
			t.judgeText(r, f, owner, x)
		}
	}
	return r.done()
}

func (t *Tree) judgeText(r *review, f *File, owner *Module, x text) {
	if !x.sql {
		return
	}
	if x.whole && owner != nil {
		r.look()
	}
	for _, use := range sqltext.Tables(x.string) {
		v, bad := t.judgeUse(owner, use, x.whole, f.Test)
		if !bad {
			continue
		}
		position := t.textPosition(x, use.Offset)
		v.File, v.Line = position.Filename, position.Line
		if v.File != f.Name {
			v.File, v.Line = f.Name, t.line(x.pieces[0].pos)
		}
		r.add(v)
	}
}

// judgeUse judges one mention of a table by the module owner, or by code of no module when it is nil.
// In a piece of SQL that is no whole statement any word may follow FROM: only tables that are known to
// be another's count there.
func (t *Tree) judgeUse(owner *Module, use sqltext.Use, whole, test bool) (Violation, bool) {
	holder := t.holder(use.Table, owner)
	switch {
	case owner == nil && holder != nil && !use.Subquery:
		return Violation{
			What:    fmt.Sprintf("names table %s of module %s", use.Table, holder.Name),
			Why:     "a schema is its module's; code of no module that reads or writes it breaks when the module moves its data out",
			Instead: "move the query to modules/" + holder.Name + ", and call its contract",
		}, true
	case owner == nil:
		return Violation{}, false
	case use.Computed():
		return composed(), !test
	case use.Schema != "" && (whole || holder != nil):
		return qualified(use), true
	case holder == owner:
		return Violation{}, false
	case holder != nil:
		return foreign(owner, holder, use), true
	case ofBus(use.Table) && (whole || !use.Subquery):
		return ofPlatform(use), !test
	case use.Subquery || !whole:
		return Violation{}, false
	}
	return unknown(owner, use), true
}

func composed() Violation {
	return Violation{
		What:    "puts the name of a table together at run time",
		Why:     "whose table it is can't be seen in the source",
		Instead: "write one constant statement per table",
	}
}

func qualified(use sqltext.Use) Violation {
	return Violation{
		What:    fmt.Sprintf("names table %s with its schema, %s", use.Table, use.Schema),
		Why:     "schemas bear other names on other installations, are files on SQLite, and move at extraction",
		Instead: "name the table alone: a module's handle is opened on its own schema",
	}
}

func foreign(owner, holder *Module, use sqltext.Use) Violation {
	v := Violation{
		What:    fmt.Sprintf("names table %s (%s), which belongs to module %s, not to %s", use.Table, use.Verb, holder.Name, owner.Name),
		Why:     "schemas are separate: no join, key or transaction goes across, so that none has to be undone when a module moves out",
		Instead: fmt.Sprintf("call the contract modules/%s, or keep what is needed from its events in a table of %s", holder.Name, owner.Name),
	}
	if use.Verb == "REFERENCES" {
		v.Instead = fmt.Sprintf("keep the ID without a foreign key; %s says by its events when it ends", holder.Name)
	}
	return v
}

func ofPlatform(use sqltext.Use) Violation {
	return Violation{
		What:    fmt.Sprintf("names table %s of the bus", use.Table),
		Why:     "order, deduplication and retries rest on how the bus and the tasks use their tables",
		Instead: "publish, subscribe and schedule through platform/bus and platform/task",
	}
}

func unknown(owner *Module, use sqltext.Use) Violation {
	return Violation{
		What:    fmt.Sprintf("names table %s (%s), which no migration makes", use.Table, use.Verb),
		Why:     "a table that no migration makes is misspelt, or made behind the schema's back",
		Instead: "write a table of migrations/" + owner.Name + ", or the migration that makes this one",
	}
}

// textsOf finds the longest texts of a file: a concatenation is one as a whole and its pieces not again.
func (t *Tree) textsOf(f *File) []text {
	var all []text
	for _, decl := range f.Syntax.Decls {
		t.textsIn(decl, scope{file: f, locals: locals(decl)}, func(x text) { all = append(all, x) })
	}
	return all
}

func (t *Tree) textsIn(node ast.Node, in scope, visit func(text)) {
	done := map[ast.Node]bool{}
	ast.Inspect(node, func(n ast.Node) bool {
		if n == nil || done[n] {
			return false
		}
		switch n := n.(type) {
		case *ast.BasicLit:
			t.visitText(n, in, visit)
		case *ast.BinaryExpr:
			if n.Op == token.ADD {
				t.visitText(n, in, visit)
				cover(n, done)
			}
		case *ast.CallExpr:
			if _, composes := t.composed(n, in, 0); composes {
				t.visitText(n, in, visit)
				for _, arg := range n.Args {
					cover(arg, done)
				}
			}
		}
		return true
	})
}

func (t *Tree) visitText(e ast.Expr, in scope, visit func(text)) {
	if x := t.evaluate(e, in); strings.Trim(x.string, sqltext.Hole) != "" {
		x.whole = sqltext.Statement(x.string)
		x.sql = x.whole || sqltext.Resembles(x.string)
		visit(x)
	}
}

// cover marks the pieces of a concatenation as seen; what stands inside a call among them is not.
func cover(e ast.Expr, done map[ast.Node]bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		done[e] = true
	case *ast.ParenExpr:
		cover(e.X, done)
	case *ast.CompositeLit:
		for _, element := range e.Elts {
			cover(element, done)
		}
	case *ast.CallExpr:
		if converts(e.Fun) && len(e.Args) == 1 {
			cover(e.Args[0], done)
		}
	case *ast.BinaryExpr:
		done[e] = true
		cover(e.X, done)
		cover(e.Y, done)
	}
}
