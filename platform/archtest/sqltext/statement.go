package sqltext

import (
	"regexp"
	"strings"
)

// Statement tells whether a text is SQL: it begins with a statement's keyword in capitals and has that
// statement's shape, so that "SELECT a colour" or "UPDATE failed" can stand in a message.
func Statement(text string) bool {
	list := words(text, mysql)
	for len(list) > 0 && (list[0].mark("(") || list[0].text == Hole) {
		list = list[1:]
	}
	if len(list) > 1 && list[0].text == "EXPLAIN" {
		list = list[1:]
	}
	if len(list) < 2 {
		return false
	}
	switch list[0].text {
	case "SELECT", "WITH":
		return true
	case "INSERT", "REPLACE":
		return has(list, "INTO", "VALUES", "SET", "SELECT")
	case "UPDATE":
		return has(list, "SET")
	case "DELETE":
		return has(list, "FROM")
	case "TRUNCATE":
		return len(list) == 2 && list[1].name() || has(list, "TABLE")
	case "CREATE", "ALTER", "DROP", "RENAME":
		return has(list, "TABLE", "INDEX", "VIEW", "TRIGGER")
	case "LOCK", "ANALYZE", "CHECK", "CHECKSUM", "OPTIMIZE", "REPAIR":
		return list[1].is("TABLE", "TABLES")
	case "TABLE":
		return len(list) == 2
	}
	return false
}

func has(list []word, keywords ...string) bool {
	for _, w := range list {
		if w.is(keywords...) {
			return true
		}
	}
	return false
}

// Says tells whether a text holds more than space and comments.
func Says(text string) bool { return len(words(text, mysql)) > 0 }

// fragment matches a piece of SQL that other code may complete: it has a keyword before which or after
// which a table stands, in capitals; or it is a statement in small letters.
var fragment = regexp.MustCompile(`\b(FROM|JOIN|INTO|UPDATE|TABLE|TABLES|REFERENCES)\s|\b(FROM|JOIN|INTO|REFERENCES)$` +
	`|^\s*\(?\s*(?i:select\s.+\sfrom|insert\s+into|replace\s+into|delete\s+from|update\s.+\sset|with\s.+\sas)\s`)

// Resembles tells whether a text may be a piece of SQL.
func Resembles(text string) bool { return fragment.MatchString(strings.ReplaceAll(text, "\n", " ")) }
