package sqltext

import "strings"

// Reach is how a statement reaches past the tables of its schema.
type Reach int

// How statements reach past their tables.
const (
	Elsewhere Reach = iota + 1 // to another schema, file or server
	Unread                     // to code or data inside the database or beside it, which no reader of the source sees
	Shared                     // to settings, rights and structures that others use too
	Catalogue                  // to what the engine knows of schemas
	Server                     // to what the whole server or session has: locks by name, sleep, variables, sequences
	Time                       // to the clock of the server
)

// Escape is a statement, or a part of one, that reaches past the tables of its schema.
type Escape struct {
	Words  string // the keywords, as they are written
	Inside bool   // it stands anywhere in a statement, and does not begin one
	Offset int
	Reach  Reach
}

// Escapes finds what reaches past the tables of its schema, in statements of MySQL, MariaDB and SQLite.
func Escapes(sql string) []Escape {
	found := escapes(words(sql, mysql))
	if !differ(sql) || !ofSQLite(sql) {
		return found
	}
	for _, e := range escapes(words(sql, sqlite)) {
		if len(found) == 0 {
			found = append(found, e)
		}
	}
	return found
}

func escapes(list []word) []Escape {
	var found []Escape
	for len(list) > 0 {
		end := 0
		for end < len(list) && !list[end].mark(";") {
			end++
		}
		if end > 0 {
			found = append(found, sentence(list[:end]).escapes()...)
		}
		list = list[min(end+1, len(list)):]
	}
	return found
}

// sentence is the words of one statement.
type sentence []word

func (s sentence) at(i int) word {
	if i < len(s) {
		return s[i]
	}
	return word{}
}

func (s sentence) escapes() []Escape {
	var found []Escape
	add := func(r Reach, at, n int, inside bool) {
		said := make([]string, 0, n)
		for _, w := range s[at:min(at+n, len(s))] {
			said = append(said, w.text)
		}
		found = append(found, Escape{Words: strings.Join(said, " "), Offset: s[at].offset, Reach: r, Inside: inside})
	}
	if r, n := s.opening(); r != 0 {
		add(r, 0, n, false)
	}
	for i := range s {
		if r, n := s.inside(i); r != 0 {
			add(r, i, n, true)
		}
	}
	return found
}

// opening judges a statement by its first words.
func (s sentence) opening() (Reach, int) {
	second, third := s.at(1), s.at(2)
	switch strings.ToUpper(s[0].text) {
	case "USE":
		return when(len(s) == 2 && (second.name() || second.literal), Elsewhere, 1)
	case "ATTACH":
		return when(s.has("AS"), Elsewhere, 1)
	case "DETACH":
		return when(len(s) == 2 || second.is("DATABASE"), Elsewhere, 1)
	case "SHOW":
		return when(second.is("CREATE", "FULL", "EXTENDED", "COLUMNS", "FIELDS", "INDEX", "INDEXES", "KEYS", "TABLES", "TABLE", "OPEN", "DATABASES", "SCHEMAS", "TRIGGERS", "EVENTS", "GRANTS", "PROCESSLIST", "ENGINE", "BINARY", "MASTER", "GLOBAL", "SESSION", "STATUS", "VARIABLES"), Catalogue, 2)
	case "PREPARE":
		return when(third.is("FROM"), Unread, 1)
	case "EXECUTE":
		return when(second.is("IMMEDIATE") || len(s) == 2 || third.is("USING"), Unread, 1)
	case "CALL":
		return when(len(s) == 2 && second.name() || third.mark("(") || third.mark("."), Unread, 1)
	case "BEGIN":
		return when(second.is("NOT"), Unread, 3)
	case "HANDLER":
		return when(s.has("OPEN", "READ", "CLOSE"), Unread, 1)
	case "LOAD":
		return when(second.is("DATA", "XML", "INDEX"), Unread, 2)
	case "IMPORT":
		return when(second.is("TABLE"), Unread, 2)
	case "VACUUM":
		return when(s.has("INTO"), Elsewhere, 1)
	case "CREATE", "ALTER", "DROP":
		return s.object()
	}
	return s.administration()
}

// object judges what is made, changed or dropped: tables and indexes are read, all else is not.
func (s sentence) object() (Reach, int) {
	for i := 1; i < min(len(s), 16); i++ {
		switch w := s[i]; {
		case w.is("TABLE", "INDEX"), w.mark("("):
			return 0, 0
		case w.is("VIEW", "TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE", "VIRTUAL"):
			return Unread, i + 1
		case w.is("DATABASE", "SCHEMA", "SERVER", "TABLESPACE", "LOGFILE"):
			return Elsewhere, i + 1
		case w.is("USER", "ROLE", "RESOURCE", "SEQUENCE", "INSTANCE"):
			return Shared, i + 1
		}
	}
	return 0, 0
}

// administration judges statements that are the operator's.
func (s sentence) administration() (Reach, int) {
	second := s.at(1)
	switch strings.ToUpper(s[0].text) {
	case "SET":
		return when(second.mark("@") || second.is("GLOBAL", "SESSION", "LOCAL", "PERSIST", "PERSIST_ONLY", "NAMES", "CHARACTER", "ROLE", "PASSWORD", "DEFAULT", "STATEMENT", "FOREIGN_KEY_CHECKS", "UNIQUE_CHECKS", "SQL_MODE", "SQL_LOG_BIN", "SQL_SAFE_UPDATES", "AUTOCOMMIT", "TRANSACTION"), Shared, 2)
	case "PRAGMA":
		if describes(second) {
			return Catalogue, 2
		}
		return when(len(s) > 1, Shared, 2)
	case "GRANT":
		return when(s.has("TO"), Shared, 1)
	case "REVOKE":
		return when(s.has("FROM"), Shared, 1)
	case "FLUSH":
		return when(second.is("TABLE", "TABLES", "PRIVILEGES", "LOGS", "STATUS", "HOSTS", "BINARY", "LOCAL"), Shared, 2)
	case "INSTALL", "UNINSTALL":
		return when(second.is("PLUGIN", "COMPONENT", "SONAME"), Shared, 2)
	case "KILL":
		return when(second.is("QUERY", "CONNECTION", "HARD", "SOFT") || digits(second), Shared, 1)
	case "CHANGE", "START", "STOP", "RESET":
		return when(second.is("MASTER", "REPLICATION", "SLAVE", "REPLICA", "GROUP_REPLICATION"), Shared, 2)
	}
	return 0, 0
}

// inside judges the words that begin at i, wherever in a statement they stand.
func (s sentence) inside(i int) (Reach, int) {
	w, next := s[i], s.at(i+1)
	defines := s[0].is("CREATE", "ALTER")
	switch {
	case w.is("INTO"):
		return when(next.is("OUTFILE", "DUMPFILE"), Unread, 2)
	case w.is("ENGINE") && defines:
		value := i + 1
		if next.mark("=") {
			value++
		}
		foreign := strings.EqualFold(s.at(value).text, "FEDERATED") || strings.EqualFold(s.at(value).text, "CONNECT") ||
			strings.EqualFold(s.at(value).text, "SPIDER") || strings.EqualFold(s.at(value).text, "MERGE") ||
			strings.EqualFold(s.at(value).text, "MRG_MYISAM") || strings.EqualFold(s.at(value).text, "CSV") || strings.EqualFold(s.at(value).text, "S3")
		return when(foreign, Elsewhere, value-i+1)
	case w.is("CONNECTION") && defines:
		return when(next.mark("=") || next.literal, Elsewhere, 1)
	case w.is("UNION") && defines:
		return when(next.mark("=") || next.mark("(") && !s.at(i+2).is("SELECT", "TABLE", "VALUES", "WITH") && !s.at(i+2).mark("("), Elsewhere, 1)
	case w.is("DATA", "INDEX") && defines:
		return when(next.is("DIRECTORY"), Elsewhere, 2)
	case w.is("LOAD_FILE", "LOAD_EXTENSION", "READFILE", "WRITEFILE"):
		return when(next.mark("("), Unread, 1)
	case len(w.text) > 7 && strings.EqualFold(w.text[:7], "pragma_"):
		return when(!w.literal, Catalogue, 1)
	}
	if r, n := s.ofServer(i); r != 0 {
		return r, n
	}
	return s.ofClock(i)
}

// describes tells a pragma of SQLite that answers what the schema has.
func describes(w word) bool {
	return w.is("TABLE_INFO", "TABLE_XINFO", "TABLE_LIST", "INDEX_INFO", "INDEX_XINFO", "INDEX_LIST", "FOREIGN_KEY_LIST", "DATABASE_LIST",
		"FUNCTION_LIST", "MODULE_LIST", "PRAGMA_LIST", "COLLATION_LIST", "SCHEMA_VERSION", "STATS")
}

func (s sentence) has(keywords ...string) bool { return has(s, keywords...) }

func when(so bool, r Reach, n int) (Reach, int) {
	if !so {
		return 0, 0
	}
	return r, n
}
