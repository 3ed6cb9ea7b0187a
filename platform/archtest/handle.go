package archtest

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// opens are the ways to a database: by name of a package and of what it offers.
func (t *Tree) opens() []name {
	own, sqlx := t.Path+"/platform/sqldb", "github.com/jmoiron/sqlx"
	return []name{
		{own, "Open"},
		{own, "OpenForMigration"},
		{own, "ParseLocation"},
		{own, "Location"},
		{own, "Schemas"},
		{"database/sql", "Open"},
		{"database/sql", "OpenDB"},
		{sqlx, "Open"},
		{sqlx, "MustOpen"},
		{sqlx, "Connect"},
		{sqlx, "MustConnect"},
		{sqlx, "ConnectContext"},
		{sqlx, "NewDb"},
	}
}

// engines are the drivers that Banyan has, and those that reach the same databases.
func engines() []string {
	return []string{
		"github.com/go-sql-driver/mysql", "github.com/mattn/go-sqlite3", "github.com/ncruces/go-sqlite3",
		"modernc.org/sqlite", "zombiezen.com/go/sqlite",
	}
}

// operated are the platform's packages that are given the schemas of all modules, for operators, for
// migrations and for tests.
func operated() []string {
	return []string{"platform/config", "platform/dbtest", "platform/migrate", "platform/ops"}
}

// Handles holds when a module works with the database that it is handed. Its code, wiring included and
// tests apart, opens none, names no place of one and no driver, and imports no package of the platform that
// is given the schemas of all modules.
func Handles(t *Tree) []Violation {
	r := &review{rule: "modules open no database", subject: "file of a module"}
	t.judgeNames(r)
	for _, f := range t.filesIn("modules") {
		r.look()
		if f.Test {
			continue
		}
		t.each(f, t.opens(), func(line int, what string) {
			r.add(ownHandle(f, line, "names "+path.Base(what)))
		})
		for _, imported := range f.Imports {
			t.judgeEngine(r, f, imported)
		}
	}
	return r.done()
}

// judgeNames holds the rule to what the platform has: a name that it goes by and that is gone would be
// forbidden in vain.
func (t *Tree) judgeNames(r *review) {
	gone := func(file, what string) {
		r.add(Violation{
			File: file, Line: 1,
			What:    what,
			Why:     "the rule that modules open no database goes by it, and would forbid what nobody can write",
			Instead: "write the new name into the rule, in platform/archtest",
		})
	}
	for _, dir := range operated() {
		if t.packages[dir] == nil {
			gone("go.mod", "is of a tree without "+dir)
		}
	}
	for _, n := range t.opens() {
		dir, local := t.Local(n.pkg)
		switch p := t.packages[dir]; {
		case !local:
		case p == nil || p.first() == nil:
			gone("go.mod", "is of a tree without "+dir)
		case !p.declares(n.name):
			gone(p.first().Name, "declares no "+n.name)
		}
	}
}

// declares tells whether a package that is not of tests alone declares a function or type.
func (p *Package) declares(name string) bool {
	decls := p.decls[p.first().Syntax.Name.Name]
	return decls.funcs[name] != nil || len(decls.types[name]) > 0
}

func ownHandle(f *File, line int, what string) Violation {
	return Violation{
		File: f.Name, Line: line, What: what,
		Why:     "whoever opens a database opens any: grants, pools, test copies and the owner of each table rest on one handle per module, made by cmd",
		Instead: "take the *sqldb.DB of the module as an argument",
	}
}

func (t *Tree) judgeEngine(r *review, f *File, imported Import) {
	dir, local := t.Local(imported.Path)
	below := func(root string) bool { return dir == root || strings.HasPrefix(dir, root+"/") }
	if local && slices.ContainsFunc(operated(), below) {
		r.add(Violation{
			File: f.Name, Line: imported.Line,
			What:    "imports " + dir,
			Why:     "it is given the schemas of all modules",
			Instead: "let cmd call it, and take what you need of it as an argument",
		})
	}
	if !local && slices.ContainsFunc(engines(), func(e string) bool {
		return imported.Path == e || strings.HasPrefix(imported.Path, e+"/")
	}) {
		r.add(ownHandle(f, imported.Line, fmt.Sprintf("imports the driver %s", imported.Path)))
	}
}
