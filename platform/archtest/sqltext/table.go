// Package sqltext reads SQL for what it says of tables: statements of MySQL and SQLite, whole or in
// pieces, as they stand in Go source, in migrations, or on their way to a driver.
package sqltext

import "strings"

// Hole stands in a text for a piece that is known at run time only.
const Hole = "\x00"

// Use is a place where SQL names a table.
type Use struct {
	Schema   string // what stands before the dot, "" without one
	Table    string
	Verb     string // the keyword that made it a table: FROM, JOIN, INTO, UPDATE, CREATE, REFERENCES, ...
	Offset   int
	Created  bool // CREATE TABLE made it here
	Dropped  bool // DROP TABLE took it away, or RENAME its name
	Subquery bool // a WITH of the statement has this name too
}

// Computed tells a table whose name is put together at run time.
func (u Use) Computed() bool { return strings.Contains(u.Schema+u.Table, Hole) }

// Tables finds the tables that SQL names. It is a reader of token sequences, not a parser: it knows
// where a table can stand in the statements of SQLite and MySQL, and passes over everything else.
func Tables(sql string) []Use {
	r := &reader{words: words(sql), levels: make([]level, 1)}
	r.ctes = subqueryNames(r.words)
	for r.at < len(r.words) {
		r.step()
	}
	if r.verb != "" { // it breaks off where a table must come
		r.uses = append(r.uses, Use{Table: Hole, Verb: r.verb, Offset: max(0, len(sql)-1)})
	}
	return r.uses
}

// level is what holds inside one pair of parentheses.
type level struct {
	list     string // the keyword of the table list that a comma continues, "" outside of one
	function bool   // opened after a name, so that FROM inside belongs to EXTRACT, TRIM, SUBSTRING
	selects  bool   // a SELECT or DELETE has begun in here
}

type reader struct {
	words  []word
	at     int
	verb   string // when set, the next name is a table, by this keyword
	levels []level
	ctes   map[string]bool
	uses   []Use
	// statement is the first keyword of the current statement, upper case; object what it creates or drops.
	statement, object string
}

func (r *reader) peek(n int) word {
	if i := r.at + n; i >= 0 && i < len(r.words) {
		return r.words[i]
	}
	return word{}
}

func (r *reader) level() *level { return &r.levels[len(r.levels)-1] }

func (r *reader) step() {
	w := r.peek(0)
	switch {
	case w.text == ";" && !w.quoted:
		r.statement, r.object, r.verb = "", "", ""
		r.levels = make([]level, 1)
	case w.text == "(" && !w.quoted:
		r.open()
	case w.text == ")" && !w.quoted:
		r.verb = ""
		if len(r.levels) > 1 {
			r.levels = r.levels[:len(r.levels)-1]
		}
	case w.text == "," && !w.quoted:
		r.verb = r.level().list
	case w.name() && !r.keyword(w) && r.verb != "":
		r.take()
	}
	r.at++
}

// open enters parentheses. After FROM they hold a subquery or more tables; after a name, arguments.
func (r *reader) open() {
	r.levels = append(r.levels, level{list: r.verb, function: r.verb == "" && r.peek(-1).name()})
}

// modifies tells a keyword that stands between a verb and its table.
func (w word) modifies() bool {
	return w.is("IF", "NOT", "EXISTS", "ONLY", "LATERAL", "LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "QUICK", "IGNORE", "OR", "REPLACE", "ROLLBACK", "ABORT", "FAIL", "TABLE", "INTO")
}

// closes tells a keyword that ends a list of tables.
func (w word) closes() bool {
	return w.is("WHERE", "SET", "GROUP", "ORDER", "HAVING", "LIMIT", "VALUES", "VALUE", "SELECT", "UNION", "EXCEPT", "INTERSECT", "RETURNING", "FOR", "WINDOW", "DUPLICATE", "CONFLICT", "WITH")
}

// keyword takes note of a keyword and tells whether w is one that matters here.
func (r *reader) keyword(w word) bool {
	if w.quoted {
		return false
	}
	upper := strings.ToUpper(w.text)
	if r.statement == "" {
		r.statement = upper
	}
	switch {
	case w.is("FROM"):
		return r.from()
	case w.is("JOIN", "STRAIGHT_JOIN"):
		r.expect("JOIN")
	case w.is("INTO"):
		r.expect("INTO")
		r.level().list = ""
	case w.is("UPDATE") && !r.peek(-1).is("FOR", "KEY", "ON", "DO", "BEFORE", "AFTER", "OF"):
		r.expect("UPDATE")
	case w.is("INSERT", "REPLACE") && r.peek(1).text != "(" && r.verb == "":
		r.verb = "INTO"
	case w.is("TABLE", "TABLES"):
		r.object = "TABLE"
		r.expect(r.tableVerb())
	case w.is("INDEX", "TRIGGER", "VIEW") && (r.statement == "CREATE" || r.statement == "DROP") && r.object == "":
		r.object = upper
	case w.is("ON") && (r.object == "INDEX" || r.object == "TRIGGER") && r.level() == &r.levels[0]:
		r.expect("ON")
	case w.is("REFERENCES"):
		r.verb = "REFERENCES"
	case w.is("TO") && r.statement == "ALTER" && r.peek(-1).is("RENAME"), w.is("TO") && r.statement == "RENAME":
		r.verb = "TO"
	case w.is("USING") && r.statement == "DELETE" && r.peek(1).text != "(":
		r.expect("USING")
	case w.closes():
		r.close(w)
	default:
		return r.verb != "" && w.modifies()
	}
	return true
}

// from begins a list of tables, unless it is the FROM of IS DISTINCT FROM or of a function's arguments.
func (r *reader) from() bool {
	distinct := r.peek(-1).is("DISTINCT") && r.peek(-2).is("IS", "NOT")
	if !distinct && (!r.level().function || r.level().selects) {
		r.expect("FROM")
	}
	return true
}

// expect makes the next name, and those after commas on this level, tables.
func (r *reader) expect(verb string) {
	r.verb = verb
	r.level().list = verb
}

func (r *reader) tableVerb() string {
	switch r.statement {
	case "CREATE", "DROP", "ALTER", "TRUNCATE", "RENAME", "LOCK":
		return r.statement
	}
	return "TABLE"
}

func (r *reader) close(w word) {
	r.verb, r.level().list = "", ""
	if w.is("SELECT") {
		r.level().selects = true
	}
}

// take records the table that begins here, with the schema before its dot.
func (r *reader) take() {
	use := Use{Table: r.peek(0).text, Verb: r.verb, Offset: r.peek(0).offset}
	verb := r.verb
	r.verb = ""
	if r.peek(1).text == "." && r.peek(2).name() {
		use.Schema, use.Table = use.Table, r.peek(2).text
		r.at += 2
	}
	if r.peek(1).text == "(" && (verb == "FROM" || verb == "JOIN") {
		return // a function such as json_each(...)
	}
	use.Subquery = use.Schema == "" && r.ctes[strings.ToLower(use.Table)]
	use.Created = verb == "CREATE" || verb == "TO"
	use.Dropped = verb == "DROP" || r.renamed(verb)
	if verb == "CREATE" || verb == "ALTER" || verb == "TRUNCATE" {
		r.level().list = ""
	}
	r.uses = append(r.uses, use)
}

// renamed tells that ALTER TABLE t RENAME TO or RENAME TABLE t TO follows.
func (r *reader) renamed(verb string) bool {
	return verb == "ALTER" && r.peek(1).is("RENAME") && r.peek(2).is("TO") || verb == "RENAME"
}

// subqueryNames are the names of common table expressions: name [(columns)] AS [MATERIALIZED] (SELECT ...
func subqueryNames(list []word) map[string]bool {
	names := map[string]bool{}
	for i := 1; i < len(list); i++ {
		if !list[i-1].is("WITH", "RECURSIVE") && list[i-1].text != "," || !list[i].name() {
			continue
		}
		j := i + 1
		if j < len(list) && list[j].text == "(" {
			for j < len(list) && list[j].text != ")" {
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
		if j+1 < len(list) && list[j].text == "(" && list[j+1].is("SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "(") {
			names[strings.ToLower(list[i].text)] = true
		}
	}
	return names
}
