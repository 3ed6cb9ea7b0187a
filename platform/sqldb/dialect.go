package sqldb

import (
	"strings"
)

// The few places where the two engines want different words.

// forEngine drops the row lock from a query on SQLite, whose single writer makes it needless.
func forEngine(e Engine, query string) string {
	if e == SQLite {
		return strings.TrimSuffix(query, " FOR UPDATE")
	}
	return query
}

// OnDuplicate is the tail of an INSERT that updates the columns named in update when a row with the
// same key (its columns in key) exists. Values are those that the INSERT brought.
func (e Engine) OnDuplicate(key []string, update ...string) string {
	var b strings.Builder
	if e == SQLite {
		b.WriteString(" ON CONFLICT (" + strings.Join(key, ", ") + ") DO UPDATE SET ")
	} else {
		b.WriteString(" ON DUPLICATE KEY UPDATE ")
	}
	for i, column := range update {
		if i > 0 {
			b.WriteString(", ")
		}
		if e == SQLite {
			b.WriteString(column + " = excluded." + column)
		} else {
			b.WriteString(column + " = VALUES(" + column + ")")
		}
	}
	return b.String()
}

// InsertIgnore begins an INSERT that leaves an existing row as it is.
func (e Engine) InsertIgnore() string {
	if e == SQLite {
		return "INSERT OR IGNORE"
	}
	return "INSERT IGNORE"
}

// Clock is the database's own time as an SQL expression: microseconds since the epoch, UTC. Leases
// are measured by it, so that instances with different clocks agree.
func (e Engine) Clock() string {
	if e == SQLite {
		return "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
	}
	return "CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)"
}

// Placeholders is "(?,?,?),(?,?,?)": rows times columns, for a multi-row INSERT.
func Placeholders(rows, columns int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", columns), ",") + ")"
	return strings.TrimSuffix(strings.Repeat(row+",", rows), ",")
}

// Fit cuts text to so many bytes, without leaving half a character: MySQL refuses one.
func Fit(text string, bytes int) string {
	return strings.ToValidUTF8(text[:min(len(text), bytes)], "")
}
