package route

import (
	"fmt"
	"sync"
	"time"
)

// Guard says when a share returns by itself.
type Guard struct {
	Window  time.Duration // over which is measured
	Least   int           // requests of the other process in it, before anything is concluded
	Failed  float64       // part of them that may fail (answers of 5xx, or none)
	Slower  float64       // times as long as the 99th percentile here may all but a hundredth of them take
	Leeway  time.Duration // and so much longer: twice of nothing is nothing
	Missing time.Duration // what is too long where nothing was measured here
}

// fewest slow requests that tell something: of twenty, the slowest alone is the 99th percentile.
const fewest = 3

// DefaultGuard is for a shop: it concludes something of 20 requests in a minute.
func DefaultGuard() Guard {
	return Guard{Window: time.Minute, Least: 20, Failed: 0.05, Slower: 2, Leeway: 100 * time.Millisecond, Missing: 15 * time.Second}
}

// watch measures both sides of one module.
type watch struct {
	guard Guard

	mu       sync.Mutex
	here     window
	away     window
	baseline time.Duration // the last 99th percentile here that was of enough requests
}

func newWatch(g Guard) *watch {
	return &watch{guard: g, here: window{span: g.Window}, away: window{span: g.Window}}
}

// add counts a request and answers why its share must return; nothing if it need not.
func (w *watch) add(now time.Time, side Side, failed bool, took time.Duration) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if side == Here {
		w.here.add(now, failed, took)
		return ""
	}
	w.away.add(now, failed, took)
	return w.verdict(w.here.figures(now), w.away.figures(now))
}

func (w *watch) verdict(here, away Figures) string {
	g := w.guard
	if here.Timed >= g.Least {
		w.baseline = here.P99
	}
	if away.Requests < g.Least {
		return ""
	}
	if away.Rate() > g.Failed {
		return fmt.Sprintf("errors: %d of %d requests failed there, %d of %d here", away.Failed, away.Requests, here.Failed, here.Requests)
	}
	limit := g.Missing
	if w.baseline > 0 {
		limit = time.Duration(g.Slower*float64(w.baseline)) + g.Leeway
	}
	if slow := away.slower(limit); away.Timed >= g.Least && slow >= fewest && 100*slow > away.Timed {
		return fmt.Sprintf("latency: %d of %d requests took longer than %v there; the 99th percentile is %v there, %v here", slow, away.Timed,
			limit.Round(time.Millisecond), away.P99.Round(time.Millisecond), w.baseline.Round(time.Millisecond))
	}
	return ""
}

// figures are those of both sides.
func (w *watch) figures(now time.Time) (here, away Figures) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.here.figures(now), w.away.figures(now)
}

// forget drops what was measured of the other process: what it did under an older rule does not count.
func (w *watch) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.away.clear()
}
