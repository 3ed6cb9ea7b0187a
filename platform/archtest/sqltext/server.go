package sqltext

import "strings"

// ServerWide is the keyword by which a text takes locks of the whole server or lets it wait; empty when it
// does neither.
func ServerWide(sql string) string {
	list := words(sql, mysql)
	for i, w := range list {
		if locksOrWaits(w) && i+1 < len(list) && list[i+1].mark("(") {
			return w.text
		}
	}
	return ""
}

func locksOrWaits(w word) bool {
	return w.is("GET_LOCK", "RELEASE_LOCK", "RELEASE_ALL_LOCKS", "IS_FREE_LOCK", "IS_USED_LOCK", "SLEEP", "BENCHMARK",
		"MASTER_POS_WAIT", "SOURCE_POS_WAIT", "MASTER_GTID_WAIT", "WAIT_FOR_EXECUTED_GTID_SET")
}

// ofServer judges functions and variables that are the server's or the session's.
func (s sentence) ofServer(i int) (Reach, int) {
	w, next := s[i], s.at(i+1)
	switch {
	case locksOrWaits(w), w.is("NEXTVAL", "LASTVAL", "SETVAL"):
		return when(next.mark("("), Server, 1)
	case w.is("NEXT", "PREVIOUS"):
		return when(next.is("VALUE") && s.at(i+2).is("FOR"), Server, 3)
	case w.mark("@"):
		// A variable of the session, or with two of the server. DEFINER = user@host is none.
		if i > 0 && s[i-1].mark("@") {
			return 0, 0
		}
		if next.mark("@") {
			return when(s.begins(), Server, 3)
		}
		before := i > 0 && (s[i-1].quoted || s[i-1].name()) && s[i-1].offset+len(s[i-1].text) >= w.offset
		return when(s.begins() && !before && next.name() && next.offset == w.offset+1, Server, 2)
	}
	return 0, 0
}

// begins tells a statement that works on rows.
func (s sentence) begins() bool {
	return s[0].is("SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE", "WITH") || s[0].mark("(")
}

// ofClock judges what answers the time: by a function, a word, or what SQLite makes of 'now'.
func (s sentence) ofClock(i int) (Reach, int) {
	w, next := s[i], s.at(i+1)
	dotted := i > 0 && (s[i-1].mark(".") || s[i-1].is("AS"))
	switch {
	case dotted:
	case w.is("NOW", "SYSDATE", "CURDATE", "CURTIME", "UTC_DATE", "UTC_TIME", "UTC_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"):
		return when(next.mark("("), Time, 1)
	case w.is("CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME"):
		return Time, 1
	case w.is("UNIX_TIMESTAMP"):
		return when(next.mark("(") && s.at(i+2).mark(")"), Time, 1)
	case w.is("UNIXEPOCH", "JULIANDAY", "DATETIME", "DATE", "TIME", "STRFTIME", "TIMEDIFF"):
		return when(next.mark("(") && s.now(i+2), Time, 1)
	}
	return 0, 0
}

// now tells arguments that mean the present: 'now', or none at all where SQLite takes that for it.
func (s sentence) now(from int) bool {
	if s.at(from).mark(")") || s.at(from).literal && strings.EqualFold(s.at(from).text, "subsec") {
		return true
	}
	for i := from; i < len(s) && !s[i].mark(")"); i++ {
		if s[i].literal && strings.EqualFold(s[i].text, "now") {
			return true
		}
	}
	return false
}
