package watch

import (
	"fmt"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// foreign is what is wrong with a statement, and what to do instead.
type foreign struct{ what, why, instead string }

// judge says which of its own tables a module's statement uses, or what is wrong with it. Schemas of names
// that are no module's belong to tests, which make their tables by hand: there a module's table is wrong.
// Temporary tells names of tables that a session made for itself.
func (s *Schemas) judge(module, text string, temporary func(table string) bool) (uses []string, wrong *foreign) {
	if keyword := sqltext.Leaves(text); keyword != "" {
		return nil, &foreign{
			fmt.Sprintf("sends %s, after which names may mean tables of another schema", strings.ToUpper(keyword)),
			"a connection stays in the schema that it was opened on, and what it does stands in its statements",
			"send the statement itself on the module's own handle",
		}
	}
	if keyword := sqltext.ServerWide(text); keyword != "" && s.modules[module] != nil {
		return nil, &foreign{
			fmt.Sprintf("calls %s, which holds up the whole server or takes a lock that is nobody's", strings.ToUpper(keyword)),
			"a lock by name is met by all modules of a server, and SQLite has none; a statement that waits keeps its connection",
			"lock a row of the module's own table, or wait in Go",
		}
	}
	for _, use := range sqltext.Tables(text) {
		table := strings.ToLower(use.Table)
		if use.Subquery || temporary(table) {
			continue
		}
		if wrong := s.judgeUse(module, table, use); wrong != nil {
			return nil, wrong
		}
		if s.modules[module][table] {
			uses = append(uses, table)
		}
	}
	return uses, nil
}

func (s *Schemas) judgeUse(module, table string, use sqltext.Use) *foreign {
	owner := s.owner(table, module)
	_, known := s.modules[module]
	switch {
	case strings.EqualFold(use.Schema, "information_schema"):
		return nil // tells of what this user may see anyway
	case owner != "" && owner != module:
		return &foreign{
			fmt.Sprintf("names table %s (%s), which belongs to module %s", use.Table, use.Verb, owner),
			"schemas are separate: what goes across breaks when one of them moves out",
			"call the contract modules/" + owner + ", or keep what is needed from its events in a table of one's own",
		}
	case !known:
		return nil
	case use.Schema != "":
		return &foreign{
			fmt.Sprintf("names table %s with its schema, %s", use.Table, use.Schema),
			"schemas bear other names on other installations, are files on SQLite, and move at extraction",
			"name the table alone: a module's handle is opened on its own schema",
		}
	case owner == module, s.platform[table], catalogue(table):
		return nil
	}
	return &foreign{
		fmt.Sprintf("names table %s (%s), which no migration makes", use.Table, use.Verb),
		"a table that no migration makes is misspelt, or made behind the schema's back",
		"write a table of migrations/" + module + ", or the migration that makes this one",
	}
}

// catalogue tells SQLite's own tables, MySQL's table of nothing, and those in which migrations are counted.
func catalogue(table string) bool {
	return strings.HasPrefix(table, "sqlite_") || table == "dual" || table == "schema_version" || table == "bus_schema_version"
}
