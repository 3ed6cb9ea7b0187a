// Package sqltext reads SQL for what it says of tables: statements of MySQL and SQLite, whole or in
// pieces, as they stand in Go source, in migrations, or on their way to a driver.
package sqltext

import (
	"slices"
	"strings"
)

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
// where a table can stand in the statements of SQLite and MySQL, and passes over everything else. Where
// the engines split a text into different words it is read both ways, unless SQLite would refuse
// the words.
func Tables(sql string) []Use {
	uses := read(sql, mysql)
	if !differ(sql) || !ofSQLite(sql) {
		return uses
	}
	for _, use := range read(sql, sqlite) {
		same := func(u Use) bool { return u.Schema == use.Schema && u.Table == use.Table && u.Verb == use.Verb }
		if !slices.ContainsFunc(uses, same) {
			uses = append(uses, use)
		}
	}
	return uses
}

func read(sql string, d dialect) []Use {
	r := &reader{words: words(sql, d), levels: make([]level, 1), named: -1}
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
	selects  bool   // a SELECT has begun in here
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
	begun             int // how many tables were found before the current statement
	named             int // the place of the last word that named a table
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
	case w.mark(";"):
		r.statement, r.object, r.verb, r.begun = "", "", "", len(r.uses)
		r.levels = make([]level, 1)
	case w.mark("("):
		r.open()
	case w.mark(")"):
		r.verb = ""
		if len(r.levels) > 1 {
			r.levels = r.levels[:len(r.levels)-1]
		}
	case w.mark(","):
		r.verb = r.level().list
	case r.peek(-1).mark("@") || r.peek(-1).mark(":"): // a variable or parameter
	case w.mark("@"), r.verb != "" && r.peek(-1).mark("{"): // and FROM { OJ x ... }
	case r.peek(-1).mark(".") && r.verb == "": // a column, whatever its name
	case (w.name() || w.literal) && !r.keyword(w) && r.verb != "":
		r.take()
	}
	r.at++
}

// open enters parentheses. After FROM they hold a subquery or more tables; after a name, arguments.
func (r *reader) open() {
	r.levels = append(r.levels, level{list: r.verb, function: r.verb == "" && r.peek(-1).name()})
}

// modifies tells a keyword that stands between a verb and its table.
func (r *reader) modifies(w word) bool {
	switch r.verb {
	case "FROM", "JOIN", "USING":
		return w.is("LATERAL")
	case "INTO", "UPDATE":
		if r.peek(-1).is("OR") {
			return w.is("REPLACE", "ROLLBACK", "ABORT", "FAIL", "IGNORE")
		}
		return w.is("LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "IGNORE", "OR", "LATERAL")
	}
	return w.is("IF", "NOT", "EXISTS")
}

// keyword takes note of a keyword and tells whether w is one that matters here.
func (r *reader) keyword(w word) bool {
	if w.quoted {
		return false
	}
	if r.statement == "" {
		r.begin(w)
	}
	switch {
	case r.forIndex(): // of an index hint, FOR JOIN or FOR ORDER BY
	case w.is("FROM"):
		r.from()
	case w.is("IN", "FROM") && r.statement == "SHOW":
		r.from()
	case w.is("JOIN"), w.is("STRAIGHT_JOIN") && !r.selectOption():
		r.expect("JOIN")
	case w.is("INTO"):
		r.into()
	case w.is("UPDATE") && !r.peek(-1).is("FOR", "KEY", "ON", "DO", "BEFORE", "AFTER", "OF"):
		r.expect("UPDATE")
	case w.is("INSERT", "REPLACE") && !r.peek(1).mark("(") && r.verb == "" && !r.peek(-1).is("AFTER", "BEFORE", "OF", "OR"):
		r.verb = "INTO"
	case w.is("DELETE") && (r.statement == "WITH" || r.statement == "EXPLAIN"):
		r.statement = "DELETE"
	case w.is("USING") && r.statement == "DELETE" && r.level().list == "FROM":
		r.uses = r.uses[:r.begun] // these were names of what stands behind USING
		r.expect("USING")
	default:
		return r.definition(w) || r.ending(w) || r.verb != "" && r.modifies(w)
	}
	return true
}

// ending ends a list of tables at a keyword that can't stand in one.
func (r *reader) ending(w word) bool {
	ends := w.is("WHERE", "SET", "GROUP", "ORDER", "HAVING", "LIMIT", "VALUES", "SELECT", "UNION", "EXCEPT", "INTERSECT", "WITH") ||
		w.is("FOR") && !r.peek(-1).is("INDEX", "KEY") && !r.peek(1).is("SYSTEM_TIME") ||
		w.is("DUPLICATE", "CONFLICT") && r.peek(-1).is("ON") ||
		w.is("RETURNING", "WINDOW") && r.verb == "" && !r.alias()
	if !ends {
		return false
	}
	r.verb, r.level().list = "", ""
	if w.is("SELECT") {
		r.level().selects = true
	}
	return true
}

// alias tells that the word here, which is not reserved, names the table before it: the list goes on.
func (r *reader) alias() bool {
	next := r.peek(1)
	return next.mark(",") || next.mark(")") || next.is("JOIN", "STRAIGHT_JOIN", "LEFT", "RIGHT", "INNER", "CROSS", "NATURAL", "FULL", "ON", "USING", "USE", "FORCE", "IGNORE")
}

func (r *reader) forIndex() bool {
	return r.peek(-1).is("FOR") && r.peek(-2).is("INDEX", "KEY")
}

// selectOption tells that STRAIGHT_JOIN stands between SELECT and its columns.
func (r *reader) selectOption() bool {
	return r.named != r.at-1 && r.peek(-1).is("SELECT", "ALL", "DISTINCT", "DISTINCTROW", "HIGH_PRIORITY", "SQL_SMALL_RESULT", "SQL_BIG_RESULT", "SQL_BUFFER_RESULT", "SQL_NO_CACHE", "SQL_CALC_FOUND_ROWS")
}

// from begins a list of tables, unless it is the FROM of something else.
func (r *reader) from() {
	switch {
	case r.peek(-1).is("DISTINCT") && r.peek(-2).is("IS", "NOT"):
	case r.peek(1).is("FIRST", "LAST") && (r.peek(2).is("OVER") || r.peek(3).is("NULLS")): // of a window function
	case r.level().function && !r.level().selects:
	case r.statement == "PREPARE":
	case r.statement == "SHOW" && r.level() == &r.levels[0]:
		if r.peek(-1).is("COLUMNS", "FIELDS", "INDEX", "INDEXES", "KEYS") {
			r.verb = "SHOW"
		}
	default:
		r.expect("FROM")
	}
}

// into expects a table, unless rows go into a variable or a file, or partitions into others.
func (r *reader) into() {
	r.verb, r.level().list = "", ""
	if next := r.peek(1); !next.mark("@") && !next.mark("(") && !next.is("OUTFILE", "DUMPFILE") {
		r.verb = "INTO"
	}
}

// expect makes the next name, and those after commas on this level, tables.
func (r *reader) expect(verb string) {
	r.verb = verb
	r.level().list = verb
}

// take records the table that begins here, with the schema before its dot.
func (r *reader) take() {
	use := Use{Table: r.peek(0).text, Verb: r.verb, Offset: r.peek(0).offset}
	verb, bare := r.verb, !r.peek(0).quoted
	r.verb = ""
	if after := r.peek(2); r.peek(1).mark(".") && (after.name() || after.literal || digits(after)) {
		use.Schema, use.Table, bare = use.Table, after.text, false
		r.at += 2
	}
	r.named = r.at
	if r.peek(1).mark("(") && (verb == "FROM" || verb == "JOIN") || bare && strings.EqualFold(use.Table, "DUAL") {
		return // a function such as json_each(...), or MySQL's word for no table
	}
	use.Subquery = use.Schema == "" && r.ctes[strings.ToLower(use.Table)]
	use.Created = verb == "CREATE" || verb == "TO"
	use.Dropped = verb == "DROP" || verb == "RENAME"
	if verb == "CREATE" || verb == "ALTER" {
		r.level().list = ""
	}
	if verb == "SHOW" && r.peek(1).is("FROM", "IN") && r.peek(2).name() {
		use.Schema = r.peek(2).text
		r.at += 2
	}
	r.uses = append(r.uses, use)
}

func digits(w word) bool { return w.text != "" && strings.Trim(w.text, "0123456789") == "" }
