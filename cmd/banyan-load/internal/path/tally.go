package path

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Tally counts statements by module and text while many orders are under way, which share some.
type Tally struct {
	mu     sync.Mutex
	counts map[sent]int
}

type sent struct{ module, query string }

// Observe is for sqldb.Options.
func (t *Tally) Observe(s sqldb.Statement) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts != nil {
		t.counts[sent{s.Module, s.Query}]++
	}
}

// Start forgets what was counted and counts.
func (t *Tally) Start() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts = map[sent]int{}
}

// Write writes how often each statement was run per order, the most frequent first. Those that were run
// for less than one order in a hundred stand together in the last line.
func (t *Tally) Write(w io.Writer, orders int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprint(w, "| per order | module | statement |\n|--:|---|---|\n")
	total, rest := 0, 0
	counts := t.abbreviated()
	for _, key := range sorted(counts) {
		n := counts[key]
		total += n
		if n*100 < orders {
			rest += n
			continue
		}
		fmt.Fprintf(w, "| %.2f | %s |\n", per(n, orders), key)
	}
	fmt.Fprintf(w, "| %.2f | | all that are rarer |\n| %.2f | | together |\n", per(rest, orders), per(total, orders))
}

// abbreviated adds up the statements that differ in the length of a list alone.
func (t *Tally) abbreviated() map[string]int {
	counts := map[string]int{}
	for s, n := range t.counts {
		counts[s.module+" | `"+abbreviated(s.query)+"`"] += n
	}
	return counts
}

func sorted(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
}

func per(n, orders int) float64 { return float64(n) / float64(max(orders, 1)) }
