package simulation_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus/simulation"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	publishers  = 16
	processes   = 3
	connections = 5 // of a process to each schema
	killEvery   = 300 * time.Millisecond
	drainWithin = time.Minute // on a machine that does much else
)

// stress is what SQLite can't show: several writers at once, whose rows become visible in another order
// than that of their positions, and several processes, killed and started while they work.
type stress struct {
	t        *testing.T
	location sqldb.Location
	sheets   []id.UUID
	answers  answers
	troubles scenario

	mu        sync.Mutex
	processes []*process
	met       map[string]bool
	kills     int
}

func TestNothingGoesWrongUnderSixteenPublishersWhileInstancesAreKilled(t *testing.T) {
	t.Parallel()
	s := newStress(t)
	loader := s.open(passes)
	papers(t, loader.dbs, s.sheets, nil)
	for range processes {
		s.add()
	}
	ctx, cancel := context.WithTimeout(t.Context(), loadFor())
	defer cancel()
	var all sync.WaitGroup
	for range publishers {
		all.Go(func() { s.publish(ctx) })
	}
	all.Go(func() { s.killSome(ctx) })
	all.Wait()
	stopped := time.Now()
	s.drain(loader)
	drained := time.Since(stopped)
	e := evidence(t.Context(), t, loader.dbs)
	require.NoError(t, simulation.Always(e))
	require.NoError(t, simulation.Settled(e))
	require.NoError(t, simulation.Told(s.answers.list, kept(t.Context(), t, loader.dbs)))
	t.Logf("%d kills, %d events; drained within %s", s.kills, len(e.Stated), drained)
}

func loadFor() time.Duration {
	if testing.Short() || raceEnabled {
		return 2 * time.Second
	}
	return 4 * time.Second
}

func newStress(t *testing.T) *stress {
	t.Helper()
	location, err := sqldb.ParseLocation(dbtest.Only(t, sqldb.MySQL).MigratedURL(t, modules()...))
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(rand.Uint64(), 0))
	s := &stress{t: t, location: location, sheets: ids(rng, 24), met: map[string]bool{}}
	s.troubles = scenario{seed: rng.Uint64(), troubled: 0.01} // a sequence waits for a second and more at each
	t.Cleanup(s.dropTables)                                   // the next test gets the databases
	return s
}

// open connects a process.
func (s *stress) open(fate func(context.Context, string, string) simulation.Fate) *process {
	p := connect(s.t, s.location, &simulation.Wire{Network: true, Fate: fate}, sqldb.Options{MaxConns: connections})
	p.deadline, p.trouble = 10*time.Second, s.befall
	s.t.Cleanup(p.close)
	return p
}

func passes(context.Context, string, string) simulation.Fate { return simulation.Passes }

// shaky cuts connections at COMMIT, before or after it.
func shaky(_ context.Context, _, statement string) simulation.Fate {
	if statement == "COMMIT" && rand.IntN(100) == 0 {
		return simulation.Fate(1 + rand.IntN(2))
	}
	return simulation.Passes
}

// add starts a process. It is not one that a kill can find before it has started.
func (s *stress) add() {
	p := s.open(shaky)
	i := p.newInstance()
	if err := p.start(i, listeners()); err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.processes = append(s.processes, p)
}

// killSome kills processes, and starts others in their place.
func (s *stress) killSome(ctx context.Context) {
	var buried sync.WaitGroup
	defer buried.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(killEvery):
		}
		s.mu.Lock()
		n := rand.IntN(len(s.processes))
		p := s.processes[n]
		s.processes = append(s.processes[:n:n], s.processes[n+1:]...)
		s.kills++
		s.mu.Unlock()
		p.wire.Kill()
		buried.Go(p.close)
		s.add()
	}
}

func (s *stress) some() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.processes[rand.IntN(len(s.processes))]
}

// publish states facts until ctx ends, in transactions that take their time.
func (s *stress) publish(ctx context.Context) {
	rng := rand.New(rand.NewPCG(rand.Uint64(), 0))
	for ctx.Err() == nil {
		in := s.intent(rng)
		for try := int64(1); ; try++ {
			p := s.some()
			err := in.do(s.t.Context(), p.some(0), try)
			s.answers.add(in, try, p, err)
			if err == nil {
				break
			}
		}
	}
}

func (s *stress) intent(rng *rand.Rand) intent {
	in := intent{id: ids(rng, 1)[0], module: "desk"}
	in.linger = func() { <-time.After(time.Duration(rng.ExpFloat64() * float64(5*time.Millisecond))) }
	for range 1 + rng.IntN(3) {
		about := pick(rng, s.sheets...)
		in.facts = append(in.facts, fact{sheet, about, pick[event.Event](rng, noted{About: about}, drawn{About: about})})
	}
	in.sort()
	return in
}

// first says whether a handler meets an event for the first time.
func (s *stress) first(event string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	met := s.met[event]
	s.met[event] = true
	return !met
}

// befall lets some handlers fail at first.
func (s *stress) befall(_ context.Context, consumer string, e event.Envelope) error {
	kind, times := s.troubles.trouble(consumer, e)
	if times == 0 || !s.first(fmt.Sprint(consumer, e.Aggregate)) {
		return nil
	}
	switch kind {
	case panics:
		panic("the handler panics")
	case isBusy:
		return sqldb.ErrBusy
	}
	return errHandler
}

// drain waits until nothing is pending or held, or until it is too late.
func (s *stress) drain(p *process) {
	late := time.After(drainWithin)
	for simulation.Settled(evidence(s.t.Context(), s.t, p.dbs)) != nil {
		select {
		case <-late:
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *stress) dropTables() {
	p := connect(s.t, s.location, &simulation.Wire{Fate: passes}, sqldb.Options{})
	defer p.close()
	ctx := context.WithoutCancel(s.t.Context())
	for _, name := range modules() {
		for _, table := range tableNames() {
			require.NoError(s.t, sqldb.InTx(ctx, p.dbs[name], func(tx *sqldb.Tx) error {
				_, err := tx.Exec(ctx, "DROP TABLE "+table)
				return err
			}))
		}
	}
}
