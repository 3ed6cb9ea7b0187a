package archtest

import (
	"path"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// script is one .sql file: a goose migration, or SQL kept beside the code.
type script struct {
	name string // path below the root
	text string
	uses []sqltext.Use
	down int // where "-- +goose Down" stands, the length of the text without one
}

func readScript(name, text string) *script {
	return &script{name: name, text: text, uses: sqltext.Tables(text), down: sqltext.Down(text)}
}

func (s *script) line(offset int) int { return 1 + strings.Count(s.text[:offset], "\n") }

// schema is what a module's migrations make, in the order of their names.
type schema struct {
	ever    map[string]bool      // each table that was made at any time
	tables  map[string]birthmark // those that are left, and where they were made
	scripts []*script
}

type birthmark struct {
	file string
	line int
}

// schemaOf reads the scripts of migrations/<name>; those of other folders belong to nobody's schema.
func (t *Tree) schemaOf(name string) *schema {
	s := &schema{ever: map[string]bool{}, tables: map[string]birthmark{}}
	for _, script := range t.scripts {
		if p := placeOf(path.Dir(script.name)); p.area == "migrations" && p.name == name {
			s.run(script)
		}
	}
	return s
}

func (s *schema) run(script *script) {
	s.scripts = append(s.scripts, script)
	for _, use := range script.uses {
		name := strings.ToLower(use.Table)
		switch {
		case use.Offset > script.down:
		case use.Created:
			s.ever[name] = true
			s.tables[name] = birthmark{script.name, script.line(use.Offset)}
		case use.Dropped:
			delete(s.tables, name)
		}
	}
}

// holder is the module whose migrations make the table, nil when none does. Each schema has names of its
// own, so that two may hold a table of one name: then it is the one that asks.
func (t *Tree) holder(table string, asks *Module) *Module {
	table = strings.ToLower(table)
	if asks != nil && asks.tables.ever[table] {
		return asks
	}
	for _, m := range t.Modules {
		if m.tables.ever[table] {
			return m
		}
	}
	return nil
}

// busPrefix begins the names of the tables that the platform keeps in each module's schema: outbox,
// inbox, held events, subscriptions, consumers and tasks.
const busPrefix = "bus_"

func ofBus(table string) bool { return strings.HasPrefix(strings.ToLower(table), busPrefix) }
