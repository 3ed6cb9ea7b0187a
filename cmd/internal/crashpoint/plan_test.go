package crashpoint_test

import (
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
)

// survey is what runs without faults have shown.
type survey struct {
	ground *ground
	twice  bool
	points []point // those that each run passed, in the order of the first
	births int     // calls while the program starts
	taken  int64   // events of one order, each consumer's counted
}

// survey runs without faults, more than once: of what only some of the runs pass (the clock's doing, or
// that of the order in which modules come to their turn) not every run would find the point.
func (g *ground) survey(t *testing.T, twice bool) survey {
	t.Helper()
	s := survey{ground: g, twice: twice}
	for i := range usual {
		w := newWorld(t, g, 1, twice)
		require.NoError(t, w.run(t.Context()), w)
		require.Len(t, w.lives, 1)
		dbtest.Observe(t, w.metrics)
		passed := w.fate.trace()
		if i == 0 {
			s.points, s.births, s.taken = passed, w.births, w.settled.Taken
		}
		require.Equal(t, s.taken, w.settled.Taken)
		s.points = slices.DeleteFunc(s.points, func(p point) bool { return !slices.Contains(passed, p) })
	}
	require.Greater(t, len(s.points), 100, "an order's way has more statements than that")
	t.Logf("%d points; %d calls at each start; %d events taken", len(s.points), s.births, s.taken)
	return s
}

// plan is one run to be made.
type plan struct {
	survey  *survey
	clients int
	faults  []fault
}

// name is the same in each run of these tests, for the -run flag.
func (p plan) name() string { return hashed(p.clients, p.faults) }

func (p plan) atCommit() bool { return p.faults[0].at.text == "COMMIT" }

func hashed(of ...any) string {
	h := fnv.New64a()
	fmt.Fprintln(h, of...)
	return fmt.Sprintf("%016x", h.Sum64())
}

func (s survey) singles() []plan {
	var plans []plan
	for _, p := range s.points {
		for _, m := range p.modes() {
			plans = append(plans, plan{survey: &s, clients: 1, faults: []fault{{mode: m, at: p}}})
		}
	}
	return plans
}

// pairs has each point with each call that may come after it: what is left of the way and, if the
// program dies, its next start. In every other pair several clients come at once.
func (s survey) pairs() []plan {
	var plans []plan
	for i, p := range s.points {
		for _, m := range p.modes() {
			left := len(s.points) - i - 1
			if m.kills() {
				left += s.births
			}
			for nth := 1; nth <= left; nth++ {
				for _, then := range modes() {
					plans = append(plans, plan{
						survey: &s, clients: 1 + nth%2*2,
						faults: []fault{{mode: m, at: p}, {mode: then, nth: nth}},
					})
				}
			}
		}
	}
	return plans
}

const attempts = 3 // to reach the points of a plan

// runAll makes the runs, as subtests, and requires that all but so many percent come to the points of
// their plans.
func runAll(t *testing.T, plans []plan, percent int) {
	t.Helper()
	var next, missed atomic.Int64
	var working sync.WaitGroup
	for range workers {
		working.Go(func() {
			for i := next.Add(1); int(i) <= len(plans); i = next.Add(1) {
				p := plans[i-1]
				t.Run(p.name(), func(t *testing.T) {
					if !p.run(t) {
						missed.Add(1)
					}
				})
			}
		})
	}
	working.Wait()
	t.Logf("%d runs, of which %d did not come to all points of their plans", len(plans), missed.Load())
	require.LessOrEqual(t, int(missed.Load()), 1+len(plans)*percent/100, "points are not where they were")
}

// run makes the run, and says whether all its faults struck. All must be right in any case.
func (p plan) run(t *testing.T) bool {
	t.Helper()
	for range attempts {
		w := newWorld(t, p.survey.ground, p.clients, p.survey.twice, p.faults...)
		w.events = int64(p.clients) * p.survey.taken
		require.NoError(t, w.run(t.Context()), "%v\n%s", p.faults, w)
		if len(w.fate.strikes()) == len(p.faults) {
			return true
		}
	}
	return false
}
