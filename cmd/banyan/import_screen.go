package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/banyan-commerce/banyan/modules/catalog/catalogfx"
)

// importScreen shows how an import goes: on a terminal a line that is drawn again and again, and
// rejected rows above it; elsewhere the rejected rows alone.
type importScreen struct {
	out   io.Writer
	live  bool
	size  int64 // bytes of the feed; 0: unknown
	now   func() time.Time
	began time.Time
	drawn time.Time
	line  string // on the terminal now
}

func newImportScreen(out io.Writer, size int64, now func() time.Time) *importScreen {
	file, ok := out.(*os.File)
	return &importScreen{
		out: out, live: ok && isatty.IsTerminal(file.Fd()), size: size, now: now, began: now(),
	}
}

func (s *importScreen) rejected(why string) {
	if s.live {
		fmt.Fprint(s.out, eraseLine)
	}
	fmt.Fprintf(s.out, "rejected: %s\n", why)
	if s.live {
		fmt.Fprint(s.out, s.line)
	}
}

func (s *importScreen) progress(bytes int64, soFar catalogfx.ImportSummary) {
	now := s.now()
	if !s.live || now.Sub(s.drawn) < redrawEvery {
		return
	}
	s.drawn = now
	s.line = progressLine(bytes, s.size, soFar.Read, now.Sub(s.began))
	fmt.Fprint(s.out, eraseLine+s.line)
}

// progressLine tells rows, rate and, if the size is known, share and time left.
func progressLine(bytes, size, rows int64, took time.Duration) string {
	line := fmt.Sprintf("%d rows, %.0f rows/s", rows, rate(rows, took))
	if size == 0 || bytes == 0 {
		return line
	}
	left := time.Duration(float64(took) * float64(size-bytes) / float64(bytes)).Round(time.Second)
	return fmt.Sprintf("%3d %%  %s, %s left", 100*bytes/size, line, left)
}

func (s *importScreen) end() {
	if s.live {
		fmt.Fprint(s.out, eraseLine)
	}
}

func (s *importScreen) summary(i catalogfx.ImportSummary) string {
	took := s.now().Sub(s.began)
	return fmt.Sprintf("read %d, created %d, updated %d, unchanged %d, rejected %d (%s, %.0f rows/s)",
		i.Read, i.Created, i.Updated, i.Unchanged, i.Rejected, took.Round(10*time.Millisecond), rate(i.Read, took))
}
