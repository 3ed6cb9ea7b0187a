package sqltext

import "strings"

// word is one token of SQL: a name, a keyword, a number, a string, or one character of punctuation.
// Comments leave none.
type word struct {
	text    string
	offset  int
	quoted  bool // written in quotes of any kind: never a keyword
	literal bool // in single quotes: a name to SQLite where nothing but a name can stand, else a string
}

// is compares with a keyword, whatever its case.
func (w word) is(keywords ...string) bool {
	if w.quoted {
		return false
	}
	for _, k := range keywords {
		if strings.EqualFold(w.text, k) {
			return true
		}
	}
	return false
}

func (w word) mark(c string) bool { return !w.quoted && w.text == c }

// name tells a word that can name a table. MySQL lets names begin with digits.
func (w word) name() bool {
	if w.quoted || w.text == "" {
		return w.quoted && !w.literal
	}
	return letter(w.text[0]) || digit(w.text[0]) && strings.Trim(w.text, "0123456789.") != ""
}

func letter(c byte) bool {
	return c == '_' || c == '$' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80 || c == Hole[0]
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// dialect is an engine's way to split text into words.
type dialect int

const (
	mysql  dialect = iota // -- only before a space, #, \ in strings, /*! ... */ is run
	sqlite                // -- everywhere, [names], no \ in strings
)

// differ tells whether the two dialects may split the text differently.
func differ(sql string) bool {
	return strings.Contains(sql, "--") || strings.Contains(sql, "/*!") || strings.Contains(sql, "/*M!") || strings.ContainsAny(sql, `\#[`)
}

func words(sql string, d dialect) []word {
	var list []word
	for i := 0; i < len(sql); {
		end, kind := lex(sql, i, d)
		switch kind {
		case plain:
			list = append(list, word{text: sql[i:end], offset: i})
		case template:
			list = append(list, word{text: Hole, offset: i})
		case nothing:
		case quoted, literal:
			quote := sql[i : i+1]
			inner := strings.ReplaceAll(sql[i+1:max(i+1, end-1)], quote+quote, quote)
			list = append(list, word{text: inner, offset: i, quoted: true, literal: kind == literal})
		}
		i = end
	}
	return list
}

// ofSQLite tells that SQLite could take the words of the text: it finds the end of each string and quoted
// name, and no #.
func ofSQLite(sql string) bool {
	for i := 0; i < len(sql); {
		end, kind := lex(sql, i, sqlite)
		if (kind == quoted || kind == literal) && strings.Count(sql[i:end], sql[end-1:end])%2 == 1 && sql[i] != '[' || kind == plain && sql[i] == '#' {
			return false
		}
		i = end
	}
	return true
}

type kind int

const (
	nothing kind = iota // space, a comment
	plain
	quoted
	literal
	template // {{...}}, which is replaced before an engine sees it
)

// lex returns where the token at i ends, and its kind.
func lex(sql string, i int, d dialect) (int, kind) {
	rest := sql[i:]
	c := sql[i]
	if n := comment(rest, d); n > 0 {
		return i + n, nothing
	}
	switch {
	case space(c):
		return i + 1, nothing
	case strings.HasPrefix(rest, "{{"):
		return i + lengthTo(rest, "}}"), template
	case c == '\'':
		return closing(sql, i, c, d == mysql), literal
	case c == '"':
		return closing(sql, i, c, d == mysql), quoted
	case c == '`':
		return closing(sql, i, c, false), quoted
	case c == '[' && d == sqlite:
		return closing(sql, i, ']', false), quoted
	case letter(c), digit(c):
		return i + bare(rest), plain
	}
	return i + 1, plain
}

// bare is the length of a name, keyword or number.
func bare(rest string) int {
	end := 1
	for end < len(rest) && (letter(rest[end]) || digit(rest[end])) {
		end++
	}
	if strings.Trim(rest[:end], "0123456789") != "" || end == len(rest) || rest[end] != '.' {
		return end
	}
	for end++; end < len(rest) && digit(rest[end]); {
		end++
	}
	return end
}

func space(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// comment is the length of the comment that rest begins with, 0 when it begins with none. Of a comment
// that MySQL runs it is that of the mark before the content.
func comment(rest string, d dialect) int {
	switch {
	case strings.HasPrefix(rest, "--") && (d == sqlite || len(rest) == 2 || rest[2] <= ' '), rest[0] == '#' && d == mysql:
		return lengthTo(rest, "\n")
	case d == mysql && (strings.HasPrefix(rest, "/*!") || strings.HasPrefix(rest, "/*M!")):
		return executable(rest)
	case strings.HasPrefix(rest, "/*"):
		return 2 + lengthTo(rest[2:], "*/")
	case d == mysql && strings.HasPrefix(rest, "*/"):
		return 2
	}
	return 0
}

// lengthTo is the length up to and with the mark, or all of it.
func lengthTo(rest, mark string) int {
	if n := strings.Index(rest, mark); n >= 0 {
		return n + len(mark)
	}
	return len(rest)
}

// executable is the length of MySQL's and MariaDB's /*!40101 or /*M!100100, whose content is run.
func executable(rest string) int {
	n := strings.IndexByte(rest, '!') + 1
	for n < len(rest) && digit(rest[n]) {
		n++
	}
	return n
}

// closing is the end of a string or quoted name; a doubled quote is part of it.
func closing(sql string, i int, quote byte, escapes bool) int {
	for i++; i < len(sql); i++ {
		switch {
		case sql[i] == '\\' && escapes:
			i++
		case sql[i] != quote:
		case i+1 < len(sql) && sql[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return len(sql)
}
