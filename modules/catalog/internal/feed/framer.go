package feed

import (
	"bytes"
	"errors"
	"io"
	"sync/atomic"
)

// longestRecord bounds a row in bytes, and with it what one lost quote can drag along.
const longestRecord = 1 << 20

// errTooLong says that a record doesn't end within longestRecord.
var errTooLong = errors.New("record too long")

// framer cuts a CSV feed into records: the lines up to the first after which no quote
// is open. It exists because encoding/csv, at a quote that is never closed, takes all
// the following rows for one cell: here the record is given up, only its first line is
// consumed, and the next record is looked for on the line after it.
type framer struct {
	input    io.Reader
	buffer   []byte // [start:end] is read and not consumed
	start    int
	end      int
	err      error         // of input, io.EOF included; what was read before it comes first
	line     int           // physical number of the line at start, from 1
	consumed *atomic.Int64 // bytes
}

func newFramer(input io.Reader, consumed *atomic.Int64) *framer {
	return &framer{input: input, buffer: make([]byte, 64<<10), line: 1, consumed: consumed}
}

// frame is a run of whole lines, valid until the framer is used again.
type frame struct {
	text  []byte
	line  int // physical number of the first
	lines int
}

// next looks at the next record without consuming it. It answers io.EOF at the end,
// errTooLong, or the input's error.
func (f *framer) next() (frame, error) {
	size, quotes := 0, 0
	for lines := 1; ; lines++ {
		length, err := f.lineAfter(size)
		if errors.Is(err, io.EOF) && size > 0 { // the feed ends inside a quote
			return frame{text: f.buffer[f.start : f.start+size], line: f.line, lines: lines - 1}, nil
		}
		if err != nil {
			return frame{}, err
		}
		quotes += bytes.Count(f.buffer[f.start+size:f.start+size+length], []byte{'"'})
		size += length
		if quotes%2 == 0 {
			return frame{text: f.buffer[f.start : f.start+size], line: f.line, lines: lines}, nil
		}
	}
}

// lineAfter answers the length of the line that begins offset bytes after what is
// consumed, its line feed included; the last line may lack that.
func (f *framer) lineAfter(offset int) (int, error) {
	searched := offset
	for {
		unread := f.buffer[f.start:f.end]
		if at := bytes.IndexByte(unread[searched:], '\n'); at >= 0 {
			return searched + at + 1 - offset, nil
		}
		searched = len(unread)
		switch {
		case searched >= longestRecord:
			return 0, errTooLong
		case f.err == nil:
			f.fill()
		case !errors.Is(f.err, io.EOF) || searched == offset:
			return 0, f.err
		default:
			return searched - offset, nil
		}
	}
}

// fill reads on, after making room by moving what is unconsumed to the front or, when
// that fills the buffer, by doubling it.
func (f *framer) fill() {
	if f.start > 0 && f.end == len(f.buffer) {
		f.end = copy(f.buffer, f.buffer[f.start:f.end])
		f.start = 0
	}
	if f.end == len(f.buffer) {
		f.buffer = append(f.buffer, make([]byte, len(f.buffer))...)
	}
	for range 100 { // as bufio does: a reader may answer nothing a few times
		n, err := f.input.Read(f.buffer[f.end:])
		f.end += n
		f.err = err
		if n > 0 || err != nil {
			return
		}
	}
	f.err = io.ErrNoProgress
}

// consume goes past a record.
func (f *framer) consume(record frame) { f.advance(len(record.text), record.lines) }

// consumeLine goes past the first line of what is unconsumed, however long it is.
func (f *framer) consumeLine() {
	for {
		unread := f.buffer[f.start:f.end]
		if at := bytes.IndexByte(unread, '\n'); at >= 0 {
			f.advance(at+1, 1)
			return
		}
		f.advance(len(unread), 0)
		if f.err != nil {
			return
		}
		f.fill()
	}
}

func (f *framer) advance(size, lines int) {
	f.start += size
	f.line += lines
	f.consumed.Add(int64(size))
}
