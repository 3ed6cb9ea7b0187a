package archtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Migrations holds when a module's scripts make, change and refer to tables of their own schema only,
// when each folder of scripts has an owner, and when the manifest lists exactly the tables that are left.
func Migrations(t *Tree) []Violation {
	r := &review{rule: "migrations stay in their schema", subject: "SQL script"}
	for _, s := range t.scripts {
		r.look()
		t.judgeScript(r, s)
	}
	for _, m := range t.Modules {
		if m.Contract != nil {
			t.judgeTables(r, m)
		}
	}
	return r.done()
}

func (t *Tree) judgeScript(r *review, s *script) {
	dir := s.name[:max(0, strings.LastIndexByte(s.name, '/'))]
	p := placeOf(dir)
	var owner *Module
	if p.area == "modules" || p.area == "migrations" {
		owner = t.module(p.name)
	}
	if owner == nil && p.area == "migrations" && t.packages["platform/"+p.name] == nil {
		r.add(Violation{
			File: s.name, Line: 1,
			What:    fmt.Sprintf("is in %s, and there is no module of that name", dir),
			Why:     "a script in a misspelt folder runs in no schema, and no rule knows whose tables it makes",
			Instead: "put it into migrations/<module>",
		})
	}
	if owner != nil && p.area == "migrations" && !strings.Contains(s.text, "+goose Up") {
		r.add(Violation{
			File: s.name, Line: 1,
			What:    "says nowhere what goes up",
			Why:     "goose runs what stands below its marks, and stops at a script without them",
			Instead: "begin with \"-- +goose Up\", and write below \"-- +goose Down\" what undoes it",
		})
	}
	for _, use := range s.uses {
		if v, bad := t.judgeUse(owner, use, true, false); bad {
			v.File, v.Line = s.name, s.line(use.Offset)
			r.add(v)
		}
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
		if !declared[table] {
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
