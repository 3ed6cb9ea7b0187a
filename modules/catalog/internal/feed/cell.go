package feed

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// source is a Text bound to a header: it takes one value out of every record.
type source struct {
	field    string // key of the mapping, or an option's name
	mapped   bool
	column   string // for reports
	position int    // in record.cells; below zero: constant or not mapped
	constant string
	fallback string
	repairs  *strings.Replacer // nil: none
}

// bind finds the column. It answers what is wrong as a predicate of the header.
func bind(field string, text Text, header []string) (source, error) {
	s := source{field: field, mapped: text.mapped(), position: -1, constant: text.Const, fallback: text.Default}
	if len(text.Replace) > 0 {
		var pairs []string
		for _, replacement := range text.Replace {
			pairs = append(pairs, replacement.From, replacement.To)
		}
		s.repairs = strings.NewReplacer(pairs...)
	}
	switch {
	case text.Column != "":
		position, err := find(text.Column, header)
		s.position, s.column = position, text.Column
		return s, err
	case text.Index > len(header):
		return s, fmt.Errorf("has no column %d (for %s)", text.Index, field)
	case text.Index > 0:
		s.position = text.Index - 1
		s.column = header[s.position]
		if s.column == "" {
			s.column = fmt.Sprintf("column %d", text.Index)
		}
	}
	return s, nil
}

func find(name string, header []string) (int, error) {
	found := -1
	for i, column := range header {
		if column != name {
			continue
		}
		if found >= 0 {
			return -1, fmt.Errorf("has the column %q twice, as %d and %d (map it by index)", name, found+1, i+1)
		}
		found = i
	}
	if found < 0 {
		return -1, fmt.Errorf("has no column %q", name)
	}
	return found, nil
}

// raw answers the cell, repaired, or what stands in for it.
func (s source) raw(from record) string {
	if s.position < 0 {
		return s.constant
	}
	cell := from.cells[s.position]
	if s.repairs != nil {
		cell = s.repairs.Replace(cell)
	}
	if strings.TrimSpace(cell) == "" {
		return s.fallback
	}
	return cell
}

// reject words what is wrong with the value of the cell.
func (s source) reject(from record, value, reason string, args ...any) *RowError {
	return &RowError{
		Line: from.lineOf(s.position), Column: s.column, Field: s.field,
		Value: abbreviate(value), Reason: fmt.Sprintf(reason, args...),
	}
}

// line answers the value as text of one line: every run of white space, no-break spaces
// and line ends included, becomes one space, and none is left at the ends.
func (s source) line(from record, most int) (string, *RowError) {
	value := foldSpaces(s.raw(from))
	return value, s.checkText(from, value, most)
}

// paragraphs answers the value with its line ends, trimmed.
func (s source) paragraphs(from record, most int) (string, *RowError) {
	value := strings.TrimSpace(s.raw(from))
	return value, s.checkText(from, value, most)
}

func (s source) checkText(from record, value string, most int) *RowError {
	if !utf8.ValidString(value) {
		return s.reject(from, strings.ToValidUTF8(value, "\ufffd"), "is not UTF-8")
	}
	if len(value) > most {
		if length := utf8.RuneCountInString(value); length > most {
			return s.reject(from, value, "has %d characters, at most %d fit", length, most)
		}
	}
	if at := strings.IndexFunc(value, isControl); at >= 0 {
		return s.reject(from, value, "has the control character %U", []rune(value[at:])[0])
	}
	return nil
}

func isControl(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

// foldSpaces allocates only where there is something to fold.
func foldSpaces(text string) string {
	gap := true // also at the start: a space there is to go
	for i := range len(text) {
		switch c := text[i]; {
		case c >= utf8.RuneSelf || c < ' ', c == ' ' && gap:
			return strings.Join(strings.Fields(text), " ")
		default:
			gap = c == ' '
		}
	}
	return strings.TrimSuffix(text, " ")
}
