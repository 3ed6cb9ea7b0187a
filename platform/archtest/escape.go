package archtest

import (
	"fmt"
	"path"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// Confined holds when the SQL of modules and migrations works on the tables of its schema by statements
// that say so: it switches to no other schema, sees no catalogue, puts no code into the database, runs no
// text that it makes there, and leaves settings and rights to the operator.
func Confined(t *Tree) []Violation {
	r := &review{rule: "SQL stays with the tables of its schema", subject: "SQL of a module"}
	for _, f := range t.filesIn("modules", "migrations") {
		for _, x := range f.texts {
			if x.sql {
				r.look()
			}
			for _, e := range sqltext.Escapes(x.string) {
				if said(e) {
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
// hardly a sentence begins with them.
func said(e sqltext.Escape) bool {
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
	}
	return v
}
