package feed

import (
	"io"
	"iter"
	"sync/atomic"
)

// sheet is what a format makes of a feed: a header and records under it. It is the seam
// for more formats: another one is another function like openCSV and a line in openSheet.
type sheet struct {
	header []string
	// records yields a *RowError for a row that can't be read and goes on; any other
	// error is the last thing it yields.
	records iter.Seq2[record, error]
}

// record is a row whose cells are still the partner's texts, as many as the header's.
type record struct {
	line  int      // physical line on which it begins
	cells []string // valid until the next record; the strings stay
	lines []int    // on which each cell begins; nil: all on line
}

func (r record) lineOf(cell int) int {
	if r.lines == nil || cell < 0 {
		return r.line
	}
	return r.lines[cell]
}

// openSheet reads the header. consumed counts the bytes of the feed that are done with.
func openSheet(input io.Reader, m Mapping, consumed *atomic.Int64) (sheet, error) {
	// check has refused every format but csv.
	return openCSV(input, m.comma(), consumed)
}
