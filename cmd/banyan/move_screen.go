package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/banyan-commerce/banyan/platform/move"
)

// moveScreen shows how a move goes: a line for each state, and for the copying one that is drawn again
// and again on a terminal, and every few seconds elsewhere.
type moveScreen struct {
	out   io.Writer
	live  bool
	now   func() time.Time
	began time.Time // of this run's copying
	drawn time.Time
}

const plainEvery = 5 * time.Second

func newMoveScreen(out io.Writer, now func() time.Time) *moveScreen {
	file, ok := out.(*os.File)
	return &moveScreen{out: out, live: ok && isatty.IsTerminal(file.Fd()), now: now, began: now()}
}

func (s *moveScreen) progress(p move.Progress) {
	if p.Table == "" {
		s.end()
		fmt.Fprintf(s.out, "%s: %s\n", p.State, moveMeaning(p.State))
		s.began = s.now()
		return
	}
	now, every, begin := s.now(), redrawEvery, ""
	if s.live {
		begin = eraseLine
	} else {
		every = plainEvery
	}
	if now.Sub(s.drawn) < every && p.Rows < p.Total {
		return
	}
	s.drawn = now
	line := "comparing " + p.Table
	if p.State == move.Fenced {
		line = moveLine(p, now.Sub(s.began))
	}
	fmt.Fprint(s.out, begin+line)
	if !s.live {
		fmt.Fprintln(s.out)
	}
}

// moveLine tells rows, rate and time left. The rate is this run's.
func moveLine(p move.Progress, took time.Duration) string {
	perSecond := rate(p.Fresh, took)
	line := fmt.Sprintf("%s: %d of %d rows, %.0f rows/s, %.1f MB/s", p.Table, p.Rows, p.Total, perSecond, float64(p.FreshBytes)/1e6/max(took.Seconds(), 0.001))
	if perSecond == 0 {
		return line
	}
	return line + fmt.Sprintf(", %s left", time.Duration(float64(p.Total-p.Rows)/perSecond*float64(time.Second)).Round(time.Second))
}

func moveMeaning(s move.State) string {
	switch s {
	case move.Planned:
		return "the target has its tables; nothing stands in the way"
	case move.Fenced:
		return "nobody can write the source any more"
	case move.Copied:
		return "every row is at the target"
	case move.Verified:
		return "both sides are the same, by checksums and by the engines' own sums"
	case move.Switched:
		return "the target counts"
	case move.Done:
		return "the source says where the schema has gone"
	case move.Aborting:
		return "removing what was copied"
	case move.Aborted:
		return "the source is written again"
	}
	return ""
}

func (s *moveScreen) end() {
	if s.live {
		fmt.Fprint(s.out, eraseLine)
	}
}
