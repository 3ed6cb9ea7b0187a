package feed

import (
	"fmt"

	"github.com/banyan-commerce/banyan/platform/fault"
)

// What is wrong with a feed or a mapping as a whole. Messages are for the person who
// imports: they name the columns, lines and keys concerned.
var (
	ErrMapping  = fault.New(fault.Invalid, "mapping_invalid", "The mapping can't be used.")
	ErrSource   = fault.New(fault.Invalid, "source_invalid", "A source is named by 1 to 24 characters: a-z, 0-9, - and _.")
	ErrHeader   = fault.New(fault.Invalid, "feed_header", "The feed's header lacks a mapped column.")
	ErrEncoding = fault.New(fault.Invalid, "feed_encoding", "The feed is not UTF-8.")
	ErrFormat   = fault.New(fault.Invalid, "feed_format", "The feed is not of the format that the mapping says.")
)

// RowError is why a row was rejected. The rows after it are read all the same.
type RowError struct {
	Line   int    // physical line of the feed, from 1, on which the bad cell begins
	Column string // as the header names it, or "column 10"; empty when the row as a whole is bad
	Field  string // key of the mapping, such as "price", or an option's name; empty when the row as a whole is bad
	Value  string // the cell, abbreviated
	Reason string // a predicate: "is empty"
}

// Error is one line for a person.
func (e *RowError) Error() string {
	text := fmt.Sprintf("line %d", e.Line)
	if e.Column != "" {
		text += fmt.Sprintf(", column %q", e.Column)
	}
	if e.Value != "" {
		text += fmt.Sprintf(": %q", e.Value)
	}
	return text + ": " + e.Reason
}

// abbreviate keeps the head of a value, so that a report stays readable.
func abbreviate(value string) string {
	const most = 40
	if runes := []rune(value[:min(len(value), 4*most+4)]); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return value
}
