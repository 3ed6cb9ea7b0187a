package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// OwnTables holds when the SQL in a module's code names the module's own tables only: those that its
// migrations make. Literals, constants, concatenations and fmt.Sprintf are read as the text that they
// compose; a table whose name comes together at run time can't be judged and is a violation. Tests may
// compose names, and look at the bus tables of their schema.
//
// Code that is no module's (platform, cmd without its tests, the rest of the tree) names no module's table,
// unless it can know none: tests of the platform and Go modules of their own that take no module along
// make tables themselves, and their names may be a module's too. What goes into a program from there takes
// no name of a table from its callers.
//
// Scripts that lie beside code, and texts that it embeds, are held to the same; migrations have a rule of
// their own.
func OwnTables(t *Tree) []Violation {
	r := &review{rule: "SQL names the module's own tables", subject: "SQL in a module"}
	for _, f := range t.Files {
		p := placeOf(f.Package.Dir)
		owner := t.module(p.name)
		if p.area != "modules" && p.area != "migrations" {
			owner = nil
		}
		if owner == nil && f.Test && (t.program(p.area) || p.area == "platform") {
			continue // tests of the whole program look at all schemas, those of the platform at their own
		}
		if t.apart(p.area) {
			continue
		}
		for _, x := range f.texts {
			t.judgeText(r, f, owner, x)
		}
		if p.area == "platform" && t.runs(f) {
			t.judgeGiven(r, f)
		}
	}
	for _, s := range t.scripts {
		if p := placeOf(path.Dir(s.name)); p.area != "migrations" && !t.apart(p.area) {
			t.judgeUses(r, s, t.owner(path.Dir(s.name)))
		}
	}
	return r.done()
}

// judgeUses judges the tables that a script names.
func (t *Tree) judgeUses(r *review, s *script, owner *Module) {
	for _, use := range s.uses {
		if v, bad := t.judgeUse(owner, use, true, false); bad {
			v.File, v.Line = s.name, s.line(use.Offset)
			r.add(v)
		}
	}
}

// apart tells a Go module of its own that takes along no module, no command and no migration.
func (t *Tree) apart(area string) bool {
	if !slices.Contains(t.Nested, area) {
		return false
	}
	for _, f := range t.filesIn(area) {
		for _, imported := range f.Imports {
			dir, local := t.Local(imported.Path)
			if to := placeOf(dir).area; local && !f.Test && to != area && to != "platform" {
				return false
			}
		}
	}
	return true
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
		if !bad && x.whole && owner != nil && !use.Subquery {
			v, bad = owner.dropped(use.Table)
		}
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

// dropped tells a table that the module had once.
func (m *Module) dropped(table string) (Violation, bool) {
	name := strings.ToLower(table)
	_, left := m.tables.tables[name]
	return Violation{
		What:    fmt.Sprintf("names table %s, which a later migration drops or renames", table),
		Why:     "when all migrations have run, the statement fails",
		Instead: "write the table that is there, or keep this one",
	}, m.tables.ever[name] && !left
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
		case *ast.CompositeLit:
			if _, ok := characters(n); ok {
				t.visitText(n, in, visit)
			}
		case *ast.CallExpr:
			if in.file.prosaic(n) {
				t.visitProse(n.Args, in, done, visit)
			} else if _, composes := t.composed(n, in, 0); composes {
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

// visitProse visits the texts among the arguments of a call as what they are: no SQL.
func (t *Tree) visitProse(args []ast.Expr, in scope, done map[ast.Node]bool, visit func(text)) {
	for _, arg := range args {
		if x := t.evaluate(arg, in); spoken(arg) && strings.Trim(x.string, sqltext.Hole) != "" {
			x.prose = true
			visit(x)
			cover(arg, done)
		}
	}
}

// spoken tells a text that is written out in its place.
func spoken(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING
	case *ast.BinaryExpr:
		return e.Op == token.ADD
	}
	return false
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
