package archtest

import (
	"fmt"
	"path"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// Confined holds when the SQL of modules and migrations works on the tables of its schema by statements
// that say so: it switches to no other schema, sees no catalogue, puts no code into the database, runs no
// text that it makes there, leaves settings and rights to the operator, and asks the server for no locks,
// variables, sequences and, tests apart, time.
func Confined(t *Tree) []Violation {
	r := &review{rule: "SQL stays with the tables of its schema", subject: "SQL of a module"}
	for _, f := range t.filesIn("modules", "migrations") {
		for _, x := range f.texts {
			if x.sql {
				r.look()
			}
			if x.prose {
				continue
			}
			for _, e := range sqltext.Escapes(x.string) {
				if said(e, x) && (!f.Test || e.Reach != sqltext.Time) {
					r.add(escape(e, f.Name, t.textPosition(x, e.Offset).Line))
				}
			}
		}
	}
	for _, s := range t.scripts {
		area := placeOf(path.Dir(s.name)).area
		if area != "modules" && area != "migrations" {
			continue
		}
		for _, from := range s.statements() {
			r.look()
			for _, e := range sqltext.Escapes(s.text[from.start:from.end]) {
				r.add(escape(e, s.name, s.line(from.start+e.Offset)))
			}
		}
	}
	return r.done()
}

// said tells keywords from words of a message: they are written in capitals, or in small letters where
// hardly a sentence begins with them or the text is SQL for sure.
func said(e sqltext.Escape, x text) bool {
	if e.Inside && x.sql {
		return true
	}
	if e.Reach == sqltext.Server && strings.HasPrefix(e.Words, "@") {
		return false
	}
	first, _, _ := strings.Cut(e.Words, " ")
	switch first {
	case strings.ToUpper(first):
		return true
	case "use", "attach", "prepare", "execute", "pragma", "set", "into", "load_file", "load_extension":
		return true
	}
	return strings.HasPrefix(strings.ToLower(first), "pragma_")
}

func escape(e sqltext.Escape, file string, line int) Violation {
	v := Violation{File: file, Line: line}
	switch e.Reach {
	case sqltext.Elsewhere:
		v.What = fmt.Sprintf("leaves its schema by %s", e.Words)
		v.Why = "a connection is opened on the module's own schema, and nothing else of the database is there after the module has moved out"
		v.Instead = "call the contract of the module that has the data, or hear its events"
	case sqltext.Unread:
		v.What = fmt.Sprintf("hides what it does behind %s", e.Words)
		v.Why = "code, views and texts inside the database read tables that nobody sees in the source, and SQLite has other ones than MySQL"
		v.Instead = "write the statement itself in the module's store, and the logic in Go"
	case sqltext.Shared:
		v.What = fmt.Sprintf("changes what others use too by %s", e.Words)
		v.Why = "settings stay on the pooled connection or the server, for whoever comes next; rights are the operator's"
		v.Instead = "set it for all connections in platform/sqldb, or in the operator's setup"
	case sqltext.Catalogue:
		v.What = fmt.Sprintf("reads the catalogue by %s", e.Words)
		v.Why = "the engine knows all schemas that its user may see, by names that differ from one installation and engine to another"
		v.Instead = "rely on what the module's migrations make; operators see schemas by platform/ops"
	case sqltext.Server:
		v.What = fmt.Sprintf("takes what is the whole server's or session's by %s", e.Words)
		v.Why = "a lock by name, a wait, a variable and a sequence belong to no table: other modules meet them on the server, and SQLite has none"
		v.Instead = "lock a row of the module's own table, count in a column, wait in Go, and pass values as arguments"
	case sqltext.Time:
		v.What = fmt.Sprintf("asks the clock of the server by %s", e.Words)
		v.Why = "deadlines and expiries are tested with a time that the test sets, and two engines write the time in two ways"
		v.Instead = "pass the time of the module's now as an argument"
	}
	return v
}
