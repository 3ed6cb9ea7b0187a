package simulation_test

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"github.com/banyan-commerce/banyan/platform/bus/simulation"
)

// gate makes every statement wait until the scheduler lets it pass.
type gate struct {
	mu      sync.Mutex
	waiting []*step
	open    bool
	arrived chan struct{} // of capacity 1
}

func newGate() *gate { return &gate{arrived: make(chan struct{}, 1)} }

// step is a statement that waits.
type step struct {
	wire  *simulation.Wire
	label string
	since time.Time
	fate  chan simulation.Fate
}

type freeKey struct{}

// free is for those who look on: their statements pass at once.
func free(ctx context.Context) context.Context { return context.WithValue(ctx, freeKey{}, true) }

// fate is for Wire.Fate.
func (g *gate) fate(w *simulation.Wire) func(context.Context, string, string) simulation.Fate {
	return func(ctx context.Context, module, statement string) simulation.Fate {
		if ctx.Value(freeKey{}) != nil {
			return simulation.Passes
		}
		s := &step{wire: w, label: module + " " + statement, since: time.Now(), fate: make(chan simulation.Fate, 1)}
		if !g.enter(s) {
			return simulation.Passes
		}
		return <-s.fate
	}
}

func (g *gate) enter(s *step) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open {
		return false
	}
	g.waiting = append(g.waiting, s)
	select {
	case g.arrived <- struct{}{}:
	default:
	}
	return true
}

// letAll lets whoever waits pass, and everybody from now on.
func (g *gate) letAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = true
	for _, s := range g.waiting {
		s.fate <- simulation.Passes
	}
	g.waiting = nil
}

// close makes everybody wait again.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = false
}

// sendHome answers the statements of a process that was killed.
func (g *gate) sendHome(w *simulation.Wire) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = slices.DeleteFunc(g.waiting, func(s *step) bool {
		if s.wire != w {
			return false
		}
		s.fate <- simulation.NeverArrives
		return true
	})
}

// longestWait is how long a statement waits at most: if a transaction overran while its statement is
// here, package sqldb would wait for that with a mutex, at which a bubble's time stands still.
const longestWait = time.Second

// scheduler decides who passes the gate, and when time does.
type scheduler struct {
	gate   *gate
	rng    *rand.Rand
	faults float64 // of the statements
	lag    float64 // how often time passes although somebody waits
	slow   string  // statements of this module are let through seldom
	haste  float64 // how often the instances' clock jumps while nobody waits, so that held events are soon due
	jump   func(time.Duration)
	steps  int
	cut    int // statements
}

// next lets one statement pass, or time if nobody waits. Nothing else runs when it decides.
func (s *scheduler) next() {
	synctest.Wait()
	s.steps++
	chosen := s.choose()
	switch {
	case chosen == nil:
		s.nap()
		return
	case s.rng.Float64() < s.lag:
		time.Sleep(time.Duration(s.rng.IntN(40)) * time.Millisecond)
	}
	fate := s.fateOf(chosen)
	if fate != simulation.Passes {
		s.cut++
	}
	chosen.fate <- fate
}

// fateOf: SQLite is no server; of what it does to a transaction's bounds only the end of COMMIT is ever
// in doubt.
func (s *scheduler) fateOf(chosen *step) simulation.Fate {
	p := s.rng.Float64()
	_, statement, _ := strings.Cut(chosen.label, " ")
	bound := strings.HasPrefix(statement, "BEGIN") || strings.HasPrefix(statement, "SAVEPOINT") || strings.HasPrefix(statement, "RELEASE")
	switch {
	case p < s.faults/2:
		return simulation.NeverArrives
	case p < s.faults && !bound:
		return simulation.AnswerLost
	}
	return simulation.Passes
}

// nap lets time pass until somebody comes, but not for ever.
func (s *scheduler) nap() {
	if s.rng.Float64() < s.haste {
		s.jump(time.Duration(s.rng.IntN(120)) * time.Second)
	}
	length := time.Duration(1+s.rng.IntN(300)) * time.Millisecond
	if s.rng.IntN(20) == 0 {
		length = time.Duration(s.rng.IntN(20)) * time.Second
	}
	select {
	case <-s.gate.arrived:
	case <-time.After(length):
	}
}

// choose takes a statement from the gate. The order in which they came there is not the seed's, so
// that they are sorted first.
func (s *scheduler) choose() *step {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	if len(s.gate.waiting) == 0 {
		return nil
	}
	select { // who has come by now is seen
	case <-s.gate.arrived:
	default:
	}
	slices.SortStableFunc(s.gate.waiting, func(a, b *step) int { return cmp.Compare(a.label, b.label) })
	candidates := s.candidates()
	chosen := candidates[s.rng.IntN(len(candidates))]
	s.gate.waiting = slices.DeleteFunc(s.gate.waiting, func(st *step) bool { return st == chosen })
	return chosen
}

func (s *scheduler) candidates() []*step {
	candidates := slices.Clone(s.gate.waiting)
	late := slices.DeleteFunc(slices.Clone(candidates), func(st *step) bool { return time.Since(st.since) < longestWait })
	if len(late) > 0 {
		return late
	}
	if s.slow != "" && s.rng.IntN(20) != 0 {
		fast := slices.DeleteFunc(slices.Clone(candidates), func(st *step) bool { return strings.HasPrefix(st.label, s.slow) })
		if len(fast) > 0 {
			return fast
		}
	}
	return candidates
}
