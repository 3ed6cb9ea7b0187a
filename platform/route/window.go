package route

import (
	"math"
	"time"
)

const (
	buckets = 12 // of a window
	bins    = 72 // of a bucket: 0.1 ms to 42 s, each a fifth longer than the one before
	base    = 100 * time.Microsecond
	growth  = 1.2
)

// window counts the requests of the last span by how they ended and how long they took. It slides by a
// twelfth of its span.
type window struct {
	span time.Duration
	ring [buckets]bucket
}

type bucket struct {
	turn     int64 // which twelfth, counted since 1970
	requests int
	failed   int
	timed    int
	took     [bins]int
}

// Figures are what a window tells.
type Figures struct {
	Requests int
	Failed   int
	Timed    int           // of them with a time
	P99      time.Duration // at most a fifth too long; 0 if none was timed

	took [bins]int
}

// slower is how many surely took longer than limit.
func (f Figures) slower(limit time.Duration) int {
	n := 0
	for i := bin(limit) + 1; i < bins; i++ {
		n += f.took[i]
	}
	return n
}

// Rate is the part that failed.
func (f Figures) Rate() float64 {
	if f.Requests == 0 {
		return 0
	}
	return float64(f.Failed) / float64(f.Requests)
}

// add counts a request; one that took a negative time has none.
func (w *window) add(now time.Time, failed bool, took time.Duration) {
	turn := w.turn(now)
	b := &w.ring[turn%buckets]
	if b.turn != turn {
		*b = bucket{turn: turn}
	}
	b.requests++
	if failed {
		b.failed++
	}
	if took >= 0 {
		b.timed++
		b.took[bin(took)]++
	}
}

func (w *window) turn(now time.Time) int64 { return now.UnixNano() / int64(w.span/buckets) }

func bin(took time.Duration) int {
	if took <= base {
		return 0
	}
	return min(bins-1, int(math.Ceil(math.Log(float64(took)/float64(base))/math.Log(growth))))
}

func (w *window) figures(now time.Time) Figures {
	turn := w.turn(now)
	var f Figures
	for i := range w.ring {
		b := &w.ring[i]
		if b.turn <= turn-buckets || b.turn > turn {
			continue
		}
		f.Requests, f.Failed, f.Timed = f.Requests+b.requests, f.Failed+b.failed, f.Timed+b.timed
		for j, n := range b.took {
			f.took[j] += n
		}
	}
	f.P99 = p99(f.took, f.Timed)
	return f
}

// p99 is the upper end of the bin in which the slowest hundredth begins.
func p99(took [bins]int, timed int) time.Duration {
	if timed == 0 {
		return 0
	}
	rank, seen := (timed*99+99)/100, 0
	for i, n := range took {
		if seen += n; seen >= rank {
			return time.Duration(float64(base) * math.Pow(growth, float64(i)))
		}
	}
	return 0
}

func (w *window) clear() { w.ring = [buckets]bucket{} }
