package archtest

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Migrations holds when a module's scripts make, change and refer to tables of their own schema only,
// when each folder of scripts has an owner, when the platform's scripts make tables of the bus, and when
// the manifest lists exactly the tables that are left.
func Migrations(t *Tree) []Violation {
	r := &review{rule: "migrations stay in their schema", subject: "SQL script"}
	for _, s := range t.scripts {
		switch p := placeOf(path.Dir(s.name)); p.area {
		case "migrations":
			r.look()
			t.judgeScript(r, s, p)
		case "platform":
			judgeOfAll(r, s)
		}
	}
	for _, m := range t.own() {
		if m.Contract != nil {
			t.judgeTables(r, m)
		}
	}
	return r.done()
}

func (t *Tree) judgeScript(r *review, s *script, p place) {
	owner := t.module(p.name)
	if owner == nil && t.packages["platform/"+p.name] == nil {
		r.add(Violation{
			File: s.name, Line: 1,
			What:    fmt.Sprintf("is in %s, and there is no module of that name", path.Dir(s.name)),
			Why:     "a script in a misspelt folder runs in no schema, and no rule knows whose tables it makes",
			Instead: "put it into migrations/<module>",
		})
	}
	if owner != nil && !strings.Contains(s.text, "+goose Up") {
		r.add(Violation{
			File: s.name, Line: 1,
			What:    "says nowhere what goes up",
			Why:     "goose runs what stands below its marks, and stops at a script without them",
			Instead: "begin with \"-- +goose Up\", and write below \"-- +goose Down\" what undoes it",
		})
	}
	t.judgeUses(r, s, owner)
}

// judgeOfAll judges a script of the platform, which runs in the schema of each module.
func judgeOfAll(r *review, s *script) {
	for _, use := range s.uses {
		if !use.Created || use.Offset > s.down || ofBus(use.Table) {
			continue
		}
		r.add(Violation{
			File: s.name, Line: s.line(use.Offset),
			What:    fmt.Sprintf("makes table %s in the schema of each module, and its name does not begin with %s", use.Table, busPrefix),
			Why:     "a module may want a table of that name, and no rule could tell whose it is",
			Instead: fmt.Sprintf("name it %s..., or make it in migrations/<module> if it is one module's", busPrefix),
		})
	}
}

func (t *Tree) judgeTables(r *review, m *Module) {
	declared := map[string]bool{}
	for _, e := range m.Manifest.Tables {
		declared[strings.ToLower(e.Text)] = true
		if _, made := m.tables.tables[strings.ToLower(e.Text)]; !made {
			r.add(m.violation(e.Line, fmt.Sprintf("declares table %q, which migrations/%s does not make", e.Text, m.Name),
				"grants, drift checks and the move of the data go by the manifest", "drop the entry, or write the migration"))
		}
	}
	for _, table := range slices.Sorted(maps.Keys(m.tables.tables)) {
		made := m.tables.tables[table]
		if !declared[table] && !m.Manifest.unreadable("Tables") {
			r.add(Violation{
				File: made.file, Line: made.line,
				What:    fmt.Sprintf("makes table %s, which the manifest of %s does not declare", table, m.Name),
				Why:     "grants, drift checks and the move of the data go by the manifest: this table would stay behind",
				Instead: fmt.Sprintf("add %q to Tables in %s", table, m.Manifest.file),
			})
		}
		if ofBus(table) {
			r.add(Violation{
				File: made.file, Line: made.line,
				What:    fmt.Sprintf("makes table %s, whose name begins as those of the bus do", table),
				Why:     "the bus keeps its own tables in the same schema",
				Instead: "choose another name",
			})
		}
	}
}
