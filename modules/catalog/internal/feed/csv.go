package feed

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"unicode/utf8"
)

// csvSheet reads CSV: encoding/csv parses each record that the framer has cut out.
type csvSheet struct {
	framer *framer
	width  int // columns

	text   *bytes.Reader
	buffer *bufio.Reader
	parser *csv.Reader // reads buffer, which is filled anew for each record
}

func openCSV(input io.Reader, comma rune, consumed *atomic.Int64) (sheet, error) {
	s := &csvSheet{framer: newFramer(input, consumed), text: bytes.NewReader(nil)}
	s.buffer = bufio.NewReader(s.text)
	s.parser = csv.NewReader(s.buffer)
	s.parser.Comma = comma
	s.parser.FieldsPerRecord = -1
	s.parser.ReuseRecord = true
	header, err := s.readHeader()
	if err != nil {
		return sheet{}, err
	}
	s.width = len(header)
	return sheet{header: header, records: s.records}, nil
}

// readHeader takes the first line that isn't blank. What is no text at all shows here.
func (s *csvSheet) readHeader() ([]string, error) {
	next, err := s.nextFilled()
	switch {
	case errors.Is(err, io.EOF):
		return nil, ErrFormat.WithMessage("The feed is empty: it has no header.")
	case errors.Is(err, errTooLong):
		return nil, ErrFormat.WithMessage("The feed's first line is longer than %d bytes: it is no CSV.", longestRecord)
	case err != nil:
		return nil, fmt.Errorf("read the feed's header: %w", err)
	}
	text := bytes.TrimPrefix(next.text, []byte("\ufeff"))
	if err := isText(text); err != nil {
		return nil, err
	}
	cells, err := s.parse(text)
	if err != nil {
		return nil, ErrFormat.WithMessage("The feed's header, line %d, is no CSV: it %s.", next.line, quoteTrouble(err))
	}
	header := make([]string, len(cells))
	for i, cell := range cells {
		header[i] = foldSpaces(cell)
	}
	s.framer.consume(next)
	return header, nil
}

// isText refuses what other programs write where CSV in UTF-8 is expected.
func isText(head []byte) error {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return ErrFormat.WithMessage("The feed is a zip or a spreadsheet (.xlsx), not CSV.")
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return ErrFormat.WithMessage("The feed is compressed by gzip: unpack it first.")
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return ErrEncoding.WithMessage("The feed is UTF-16, not UTF-8.")
	case bytes.IndexByte(head, 0) >= 0:
		return ErrFormat.WithMessage("The feed is binary: its first line has zero bytes.")
	case !utf8.Valid(head):
		return ErrEncoding.WithMessage("The feed is not UTF-8: its first line has other bytes.")
	}
	return nil
}

func (s *csvSheet) records(yield func(record, error) bool) {
	for {
		next, err := s.nextFilled()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil && !errors.Is(err, errTooLong) {
			yield(record{}, fmt.Errorf("read the feed at line %d: %w", s.framer.line, err))
			return
		}
		read, bad := s.record(next, err)
		if bad != nil {
			// Only the first line is given up: the rows that a lost quote has
			// swallowed are found again.
			s.framer.consumeLine()
			if !yield(record{}, bad) {
				return
			}
			continue
		}
		s.framer.consume(next)
		if !yield(read, nil) {
			return
		}
	}
}

// nextFilled goes past blank lines.
func (s *csvSheet) nextFilled() (frame, error) {
	for {
		next, err := s.framer.next()
		if err != nil || len(bytes.TrimRight(next.text, "\r\n")) > 0 {
			return next, err
		}
		s.framer.consume(next)
	}
}

// record parses a frame, or words why there is none.
func (s *csvSheet) record(next frame, err error) (record, *RowError) {
	if err != nil {
		reason := fmt.Sprintf("the row, or a quote it opens, doesn't end within %d bytes", longestRecord)
		return record{}, &RowError{Line: s.framer.line, Reason: reason}
	}
	cells, err := s.parse(next.text)
	if err != nil {
		return record{}, &RowError{Line: next.line, Reason: "the row " + quoteTrouble(err)}
	}
	if len(cells) != s.width {
		reason := fmt.Sprintf("the row has %s, the header %d", columns(len(cells)), s.width)
		return record{}, &RowError{Line: next.line, Reason: reason}
	}
	return record{line: next.line, cells: cells, lines: s.lines(next)}, nil
}

// parse reads one record. encoding/csv takes a bufio.Reader as it is, so that filling
// it anew spares a parser for each record.
func (s *csvSheet) parse(text []byte) ([]string, error) {
	s.text.Reset(text)
	s.buffer.Reset(s.text)
	return s.parser.Read()
}

// lines answers where each cell begins, if that isn't always the first line.
func (s *csvSheet) lines(of frame) []int {
	if of.lines == 1 {
		return nil
	}
	lines := make([]int, s.width)
	first, _ := s.parser.FieldPos(0) // the parser counts on over all that it ever read
	for i := range lines {
		line, _ := s.parser.FieldPos(i)
		lines[i] = of.line + line - first
	}
	return lines
}

func quoteTrouble(err error) string {
	switch {
	case errors.Is(err, csv.ErrBareQuote):
		return `has a quote in a cell that isn't quoted`
	case errors.Is(err, csv.ErrQuote):
		return `has a quoted cell that is never closed, or has a single quote inside (it must be doubled)`
	}
	return err.Error()
}

func columns(n int) string {
	if n == 1 {
		return "1 column"
	}
	return fmt.Sprintf("%d columns", n)
}
