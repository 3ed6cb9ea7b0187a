package chaos_test

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// figures are what came of one rig on one engine, over its rounds.
type figures struct {
	rig, engine string
	seed        int64
	length      time.Duration // of the faults
	counts      map[string]int64
	drain       time.Duration // the longest
}

func newFigures(rig, engine string) *figures {
	f := &figures{rig: rig, engine: engine, seed: given.seed, counts: map[string]int64{}}
	summary.add(f)
	return f
}

// The rows of the table that are not faults.
const (
	rounds     = "rounds"
	orders     = "orders"
	asked      = "requests repeated"
	events     = "events"
	unknown    = "commits of unknown outcome"
	deaths     = "ended by themselves"
	lost       = "lost"
	doubled    = "doubled"
	disordered = "disordered"
)

func rows() []string {
	return []string{rounds, kills, pauses, crashes, cuts, fullness, deaths, unknown, asked, orders, events, lost, doubled, disordered}
}

// table is all figures of the process, printed at its end.
type table struct {
	mu   sync.Mutex
	list []*figures
}

var summary table //nolint:gochecknoglobals // TestMain prints what all tests have found

func (s *table) add(f *figures) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, f)
}

func (s *table) print(w io.Writer) {
	if len(s.list) == 0 {
		return
	}
	fmt.Fprintf(w, "\nchaos, seed %d\n\n", given.seed)
	line := func(name string, cell func(f *figures) string) {
		fmt.Fprintf(w, "| %-30s |", name)
		for _, f := range s.list {
			fmt.Fprintf(w, " %12s |", cell(f))
		}
		fmt.Fprintln(w)
	}
	line("", func(f *figures) string { return f.rig + ", " + f.engine })
	fmt.Fprintf(w, "|---%s|\n", strings.Repeat("|---", len(s.list)))
	line("faults for", func(f *figures) string { return f.length.Round(time.Second).String() })
	for _, name := range rows() {
		line(name, func(f *figures) string {
			if n, ok := f.counts[name]; ok {
				return fmt.Sprint(n)
			}
			return ""
		})
	}
	line("longest drain", func(f *figures) string { return f.drain.Round(10 * time.Millisecond).String() })
}

// String is one round's figures in one line.
func (f *figures) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f.counts)) {
		fmt.Fprintf(&b, "%s %d, ", name, f.counts[name])
	}
	return fmt.Sprintf("%sdrained in %s", b.String(), f.drain.Round(time.Millisecond))
}
