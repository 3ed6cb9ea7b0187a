package feed_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/feed"
)

// endless writes rows of about a kilobyte as they are read, so that the feed itself is
// never in memory.
type endless struct {
	rows, written int
	rest          []byte
	filler        string
}

func newEndless(rows int) *endless {
	return &endless{rows: rows, rest: []byte("id,name,price,text\n"), filler: strings.Repeat("lorem ipsum ", 80)}
}

func (e *endless) Read(to []byte) (int, error) {
	if len(e.rest) == 0 {
		if e.written == e.rows {
			return 0, io.EOF
		}
		e.written++
		e.rest = fmt.Appendf(e.rest[:0], "%d,Product %d,12.50,\"%s\n%d\"\n", e.written, e.written, e.filler, e.written)
	}
	n := copy(to, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// Not parallel: it measures the heap of the whole process. A reader that keeps rows would
// hold 190 MB at the end; the IDs seen are allowed their 40 bytes a row, twice over.
func TestMemoryDoesNotGrowWithTheFeed(t *testing.T) {
	const rows = 200_000
	reader, err := feed.Open(newEndless(rows), "test", parse(t, smallest+"  description: {column: text}\n"))
	require.NoError(t, err)
	read := 0
	var early uint64
	for _, err := range reader.Products(t.Context()) {
		require.NoError(t, err)
		if read++; read == rows/10 {
			early = heap()
		}
	}
	late := heap()
	runtime.KeepAlive(reader)
	require.Equal(t, rows, read)
	require.Greater(t, reader.Consumed(), int64(rows*950))
	const growth = rows * 9 / 10 * 80
	require.Less(t, late, early+growth, "heap of %d bytes after %d rows, %d at the end", early, rows/10, late)
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
