package simulation_test

import (
	"fmt"
	"sync"
)

// figures say what worlds have seen, so that one in which nothing happens is noticed.
type figures struct {
	mu                                                   sync.Mutex
	worlds, steps, kills, cut, events, effects, troubled int
	givenUp, replayed                                    int
}

func (f *figures) add(w *world) {
	e := evidence(free(w.t.Context()), w.t, w.process.dbs)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.worlds++
	f.steps += w.scheduler.steps
	f.kills += w.kills
	f.cut += w.scheduler.cut
	f.events += len(e.Stated)
	f.troubled += len(w.tries)
	f.replayed += w.replayed
	for consumer := range e.Heard {
		f.effects += len(e.Effects[consumer])
		f.givenUp += len(e.Held[consumer])
	}
}

func (f *figures) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fmt.Sprintf("%d worlds, %d steps, %d kills, %d statements cut; %d events, %d effects, %d in trouble, %d replays, %d given up",
		f.worlds, f.steps, f.kills, f.cut, f.events, f.effects, f.troubled, f.replayed, f.givenUp)
}
