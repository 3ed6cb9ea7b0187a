package sqltext

import "strings"

// begin notes the first keyword of a statement. Some are followed by a table at once.
func (r *reader) begin(w word) {
	r.statement = strings.ToUpper(w.text)
	next := r.peek(1)
	switch r.statement {
	case "DESC", "DESCRIBE", "EXPLAIN":
		r.statement = "EXPLAIN"
		if next.quoted || next.name() && !next.is("SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE", "WITH", "TABLE", "VALUES", "FORMAT", "EXTENDED", "PARTITIONS", "ANALYZE", "QUERY", "FOR") {
			r.verb = "EXPLAIN"
		}
	case "HANDLER":
		r.verb = "HANDLER"
	case "TRUNCATE":
		if !next.is("TABLE") && !next.mark("(") {
			r.verb = "TRUNCATE"
		}
	}
}

// definition takes note of the keywords of statements that make, change, name or lock tables.
func (r *reader) definition(w word) bool {
	switch {
	case r.first(w):
	case w.is("TABLE") && (r.statement != "SHOW" || r.peek(-1).is("CREATE")), w.is("TABLES") && r.severalTables():
		r.object = "TABLE"
		r.expect(r.tableVerb())
	case w.is("INDEX", "TRIGGER", "VIEW") && (r.statement == "CREATE" || r.statement == "DROP") && r.object == "":
		r.object = strings.ToUpper(w.text)
	case w.is("ON") && (r.object == "INDEX" || r.object == "TRIGGER") && r.level() == &r.levels[0]:
		r.verb = "ON"
	case w.is("REFERENCES"):
		r.verb = "REFERENCES"
	case w.is("LIKE") && r.statement == "CREATE" && r.copies():
		r.verb = "LIKE"
	case w.is("RENAME") && r.statement == "ALTER":
		r.rename()
	case w.is("TO") && r.statement == "RENAME" && r.object == "TABLE":
		r.verb = "TO"
	default:
		return false
	}
	return true
}

// first tells the keyword of begin itself.
func (r *reader) first(w word) bool {
	return (r.verb == "EXPLAIN" || r.verb == "HANDLER" || r.verb == "TRUNCATE") && w.is("DESC", "DESCRIBE", "EXPLAIN", "HANDLER", "TRUNCATE") && r.at == r.start()
}

// start is the place of the current statement's first word.
func (r *reader) start() int {
	for i := r.at; i > 0; i-- {
		if r.words[i-1].mark(";") {
			return i
		}
	}
	return 0
}

func (r *reader) severalTables() bool {
	return r.peek(-1).is("LOCK", "DROP", "RENAME", "FLUSH", "ANALYZE", "CHECK", "CHECKSUM", "OPTIMIZE", "REPAIR", "LOCAL", "NO_WRITE_TO_BINLOG")
}

// copies tells that CREATE TABLE x LIKE or CREATE TABLE x (LIKE stands here.
func (r *reader) copies() bool {
	return r.named >= 0 && (r.named == r.at-1 || r.named == r.at-2 && r.peek(-1).mark("("))
}

// rename reads ALTER TABLE x RENAME [TO | AS] y; what a column or an index is called matters to nobody.
func (r *reader) rename() {
	next := r.peek(1)
	switch {
	case next.is("TO", "AS", "="):
		r.at++
	case next.is("COLUMN", "INDEX", "KEY", "CONSTRAINT") || r.peek(2).is("TO"):
		return
	}
	r.verb = "TO"
	if len(r.uses) > r.begun {
		r.uses[r.begun].Dropped = true
	}
}

func (r *reader) tableVerb() string {
	switch r.statement {
	case "CREATE", "DROP", "ALTER", "TRUNCATE", "RENAME", "LOCK":
		return r.statement
	}
	return "TABLE"
}

// subqueryNames are the names of common table expressions: name [(columns)] AS [MATERIALIZED] (SELECT ...
func subqueryNames(list []word) map[string]bool {
	names := map[string]bool{}
	for i := 1; i < len(list); i++ {
		if !list[i-1].is("WITH", "RECURSIVE") && !list[i-1].mark(",") || !list[i].name() {
			continue
		}
		j := i + 1
		if j < len(list) && list[j].mark("(") {
			for j < len(list) && !list[j].mark(")") {
				j++
			}
			j++
		}
		if j >= len(list) || !list[j].is("AS") {
			continue
		}
		j++
		for j < len(list) && list[j].is("NOT", "MATERIALIZED") {
			j++
		}
		if j+1 < len(list) && list[j].mark("(") && (list[j+1].mark("(") || list[j+1].is("SELECT", "WITH", "VALUES", "TABLE")) {
			names[strings.ToLower(list[i].text)] = true
		}
	}
	return names
}
