package sqltext

import "strings"

// word is one token of SQL: a name, a keyword, a number, or one character of punctuation. Strings and
// comments leave none.
type word struct {
	text   string
	offset int
	quoted bool // written in backquotes or double quotes: never a keyword
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

// name tells a word that can name a table.
func (w word) name() bool { return w.quoted || w.text != "" && (letter(w.text[0]) || w.computed()) }

// computed tells a name of which a piece is known at run time only.
func (w word) computed() bool { return strings.Contains(w.text, Hole) }

func letter(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80 || c == Hole[0]
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// words splits SQL. It reads both engines' quoting, and what MySQL runs inside /*! ... */ although it
// looks like a comment.
func words(sql string) []word {
	var list []word
	for i := 0; i < len(sql); {
		end, kind := lex(sql, i)
		switch kind {
		case plain:
			list = append(list, word{text: sql[i:end], offset: i})
		case nothing:
		case quoted:
			list = append(list, word{text: sql[i+1 : max(i+1, end-1)], offset: i, quoted: true})
		}
		i = end
	}
	return list
}

type kind int

const (
	nothing kind = iota // space, a comment, a string
	plain
	quoted
)

// lex returns where the token at i ends, and its kind.
func lex(sql string, i int) (int, kind) {
	rest := sql[i:]
	switch c := sql[i]; {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		return i + 1, nothing
	case strings.HasPrefix(rest, "--"):
		return i + lengthTo(rest, "\n"), nothing
	case strings.HasPrefix(rest, "/*!"), strings.HasPrefix(rest, "/*M!"):
		return i + executable(rest), nothing
	case strings.HasPrefix(rest, "/*"):
		return i + lengthTo(rest, "*/"), nothing
	case c == '\'':
		return closing(sql, i, c), nothing
	case c == '`', c == '"':
		return closing(sql, i, c), quoted
	case letter(c), digit(c):
		end := i + 1
		for end < len(sql) && (letter(sql[end]) || digit(sql[end]) || sql[end] == '$') {
			end++
		}
		return end, plain
	}
	return i + 1, plain
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

// closing is the end of a string or quoted name. A backslash hides a string's quote. What a doubled
// quote cuts in two is still nothing but strings.
func closing(sql string, i int, quote byte) int {
	for i++; i < len(sql); i++ {
		switch {
		case sql[i] == '\\' && quote == '\'':
			i++
		case sql[i] == quote:
			return i + 1
		}
	}
	return len(sql)
}
