package chaos_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
)

// fault is something that can go wrong, and for how long.
type fault struct {
	name   string
	weight int
	rest   time.Duration                        // at least so long between two of them
	plan   func(r *rand.Rand) func() (hit bool) // takes all its chances from r, so that a seed is a sequence of faults
}

// monkey does what goes wrong, as a seed says, every now and then.
type monkey struct {
	faults []fault
	every  time.Duration // on average
	struck map[string]int
	mu     sync.Mutex
}

// rage lets things go wrong for a while, and returns when all of them have been put right.
func (m *monkey) rage(t *testing.T, seed int64, length time.Duration) {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	m.struck = map[string]int{}
	last := map[string]time.Time{}
	begin := time.Now()
	for _, f := range m.faults {
		last[f.name] = begin
	}
	var running sync.WaitGroup
	for time.Since(begin) < length {
		time.Sleep(time.Duration(r.ExpFloat64() * float64(m.every))) // so that some live long and some hardly
		if len(m.faults) == 0 {
			continue
		}
		f := m.pick(r)
		strike := f.plan(r)
		if time.Since(last[f.name]) < f.rest {
			continue
		}
		last[f.name] = time.Now()
		running.Go(func() {
			if strike() {
				m.mu.Lock()
				defer m.mu.Unlock()
				m.struck[f.name]++
			}
		})
	}
	running.Wait()
}

func (m *monkey) pick(r *rand.Rand) fault {
	total := 0
	for _, f := range m.faults {
		total += f.weight
	}
	at := r.IntN(total)
	for _, f := range m.faults {
		if at -= f.weight; at < 0 {
			return f
		}
	}
	panic("weights are positive")
}

// The faults, by the names that the figures have.
const (
	kills    = "kills"
	pauses   = "pauses"
	crashes  = "database kills"
	cuts     = "cuts"
	fullness = "full disks"
)

// faultsOf are those that instances and their ground can have.
func faultsOf(t *testing.T, g *ground, instances []*shoptest.Instance) []fault {
	t.Helper()
	whom := func(r *rand.Rand) int { return r.IntN(len(instances)) }
	list := []fault{
		{name: kills, weight: 70, plan: func(r *rand.Rand) func() bool {
			return instances[whom(r)].Kill
		}},
		{name: pauses, weight: 10, plan: func(r *rand.Rand) func() bool {
			victim, length := instances[whom(r)], time.Duration(r.IntN(800))*time.Millisecond
			if r.IntN(12) == 0 { // longer than the lease of a task, and than a statement waits for a lock
				length = 5*time.Second + time.Duration(r.IntN(1500))*time.Millisecond
			}
			return func() bool { return victim.Pause(length) }
		}},
	}
	if g.disk != nil {
		list = append(list, fault{name: fullness, weight: 4, rest: 3 * time.Second, plan: func(r *rand.Rand) func() bool {
			length := time.Duration(50+r.IntN(1000)) * time.Millisecond
			return func() bool { return g.disk.fill(length) }
		}})
	}
	if g.network == nil {
		return list
	}
	return append(list,
		fault{name: cuts, weight: 18, plan: func(r *rand.Rand) func() bool {
			way, length := g.network.ways[whom(r)], time.Duration(r.IntN(500))*time.Millisecond
			toxic := []string{"", slow(r), frayed(r), frayed(r)}[r.IntN(4)]
			return func() bool { return way.disturb(toxic, length) }
		}},
		fault{name: crashes, weight: 6, rest: 6 * time.Second, plan: func(*rand.Rand) func() bool {
			return func() bool { return g.crash(t) }
		}},
	)
}
