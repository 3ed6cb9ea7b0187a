package simulation_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus/simulation"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

var errHandler = errors.New("the handler does not like it")

// world is a scenario that happens.
type world struct {
	scenario

	t         *testing.T
	location  sqldb.Location
	scheduler *scheduler
	main      *instance
	twin      *instance
	clients   sync.WaitGroup // publishers
	ops       sync.WaitGroup // whatever starts, stops and decides

	ahead    atomic.Int64 // of the instances' clock
	cleaning atomic.Bool

	answers answers

	mu         sync.Mutex
	process    *process // nil while there is none
	opened     *sync.Cond
	tries      map[string]int
	kills      int
	replayed   int
	givenUp    map[string][]simulation.Event
	healed     bool
	publishing int // publishers that have not finished
	problems   []error
}

// live runs a scenario to its end and answers what is wrong with it.
func live(t *testing.T, s scenario, g *gate, sched *scheduler, sum *figures) error {
	t.Helper()
	location, err := sqldb.ParseLocation(dbtest.Only(t, sqldb.SQLite).MigratedURL(t, modules()...))
	require.NoError(t, err)
	w := &world{scenario: s, t: t, location: location, scheduler: sched, tries: map[string]int{}, givenUp: map[string][]simulation.Event{}, publishing: len(s.clients)}
	w.opened = sync.NewCond(&w.mu)
	sched.jump = func(d time.Duration) { w.ahead.Add(int64(d)) }
	w.open(g, func(dbs map[string]*sqldb.DB) { papers(t, dbs, s.sheets, s.plates) })
	for _, plan := range s.clients {
		w.clients.Go(func() { w.client(plan) })
	}
	err = w.play(g)
	if err == nil {
		err = w.settle(g)
		sum.add(w)
	}
	w.heal()
	w.kill(g)
	w.clients.Wait()
	return err
}

// play lets the scenario happen, step by step.
func (w *world) play(g *gate) error {
	actions := w.actions
	for w.busy() || len(actions) > 0 {
		if w.scheduler.steps > 50_000 {
			return errors.New("the scenario does not come to an end")
		}
		if len(actions) > 0 && w.scheduler.steps >= actions[0].at {
			if err := w.act(g, actions[0]); err != nil {
				return fmt.Errorf("after %d steps: %w", w.scheduler.steps, err)
			}
			actions = actions[1:]
			continue
		}
		if len(actions) == 0 && w.main == nil {
			w.toggle(&w.main, listeners())
		}
		w.scheduler.next()
	}
	return nil
}

func (w *world) busy() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.publishing > 0
}

// settle ends all faults, and judges: at first as the bus is after 10 seconds, then as it is when
// operators have decided about all that was dead.
func (w *world) settle(g *gate) error {
	w.heal()
	g.letAll()
	w.ops.Wait()
	if w.main == nil {
		w.toggle(&w.main, listeners())
		w.ops.Wait()
	}
	time.Sleep(maxTx + time.Second) // what hangs by now
	time.Sleep(10 * time.Second)
	if err := w.judge(simulation.Always, simulation.Drained); err != nil {
		return fmt.Errorf("10 s after the last fault: %w", err)
	}
	for round := 0; round < 20 && w.decideAll() > 0; round++ {
		time.Sleep(70 * time.Second) // the longest pause between two attempts, and a bit
	}
	told := func(e simulation.Evidence) error { return simulation.StayGivenUp(e, w.givenUp) }
	if err := w.judge(simulation.Always, simulation.Settled, told); err != nil {
		return fmt.Errorf("in the end: %w", err)
	}
	w.note(simulation.Told(w.answers.list, kept(free(w.t.Context()), w.t, w.process.dbs)))
	return errors.Join(w.problems...)
}

func (w *world) judge(checks ...func(simulation.Evidence) error) error {
	synctest.Wait()
	e := evidence(free(w.t.Context()), w.t, w.process.dbs)
	var errs []error
	for _, check := range checks {
		errs = append(errs, check(e))
	}
	return errors.Join(errs...)
}

const (
	month      = 31 * 24 * time.Hour // longer than an inbox remembers
	cleanEvery = 61 * time.Minute    // so far apart are the passes that forget
)

// clean lets an instance forget what can't come again. The hour between the two passes passes on the
// clock of the instances alone: it would cost thousands of idle statements.
func (w *world) clean(i *instance) {
	defer w.cleaning.Store(false)
	<-i.started
	_ = i.bus.CleanInboxes(w.t.Context())
	w.ahead.Add(int64(cleanEvery))
	_ = i.bus.CleanInboxes(w.t.Context())
}

// now is the clock of the instances.
func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// act does one action; what waits for statements goes on beside the scheduler.
func (w *world) act(g *gate, a action) error {
	switch a.what {
	case crash, sleepLong:
		w.kill(g)
		if a.what == sleepLong {
			time.Sleep(month)
		}
		var err error
		w.open(g, func(dbs map[string]*sqldb.DB) { err = simulation.Always(evidence(w.t.Context(), w.t, dbs)) })
		return err
	case toggleMain:
		w.toggle(&w.main, listeners())
	case toggleTwin:
		w.toggle(&w.twin, [][]string{listeners(), {"clerk"}, {"desk", "archivist"}}[a.pick%3])
	case clean:
		// One at a time, and never beside the bus's own cleaner: they wait for each other with a mutex.
		if i := w.process.some(a.pick); i != nil && time.Since(w.process.began) < cleanEvery/2 && w.cleaning.CompareAndSwap(false, true) {
			w.ops.Go(func() { w.clean(i) })
		}
	case operate:
		p := w.process
		w.ops.Go(func() { w.operate(p, a.pick) })
	}
	return nil
}

// open connects a process and starts its first instance; before that, look sees what is there.
func (w *world) open(g *gate, look func(dbs map[string]*sqldb.DB)) {
	wire := &simulation.Wire{Setup: "PRAGMA synchronous = OFF"} // a process is killed here, and no power fails
	wire.Fate = g.fate(wire)
	g.letAll() // opening a schema asks where it stands
	p := connect(w.t, w.location, wire, sqldb.Options{MaxTx: maxTx, MaxConns: 32, RunTwice: w.runTwice})
	p.trouble, p.deadline, p.now = w.befall, w.deadline, w.now
	look(p.dbs)
	g.close()
	w.mu.Lock()
	w.process = p
	w.opened.Broadcast()
	w.mu.Unlock()
	w.toggle(&w.main, listeners())
}

// kill ends the process as kill -9 does: nothing that it does reaches the databases any more.
func (w *world) kill(g *gate) {
	w.mu.Lock()
	p := w.process
	w.process, w.main, w.twin = nil, nil, nil
	w.mu.Unlock()
	w.kills++
	p.wire.Kill()
	g.sendHome(p.wire)
	w.ops.Wait()
	p.close()
}

// toggle stops an instance or starts one in its place.
func (w *world) toggle(which **instance, consumers []string) {
	p, i := w.process, *which
	if i != nil {
		*which = nil
		w.ops.Go(func() { w.note(p.stop(i)) })
		return
	}
	started := p.newInstance()
	*which = started
	w.ops.Go(func() { w.note(p.start(started, consumers)) })
}

func (w *world) note(err error) {
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.problems = append(w.problems, err)
	}
}

func (w *world) heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.healed = true
	w.opened.Broadcast()
}

// current waits for a process; there is none any more when a world has ended.
func (w *world) current() *process {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.process == nil && !w.healed {
		w.opened.Wait()
	}
	return w.process
}

// client publishes what he has in mind, and repeats it with its key until he is told that it is done.
func (w *world) client(plan []intent) {
	for _, in := range plan {
		time.Sleep(in.pause)
		for try := int64(1); !w.try(in, try); try++ {
			time.Sleep(20 * time.Millisecond)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.publishing--
}

func (w *world) try(in intent, try int64) (done bool) {
	p := w.current()
	if p == nil {
		return true
	}
	i := p.some(in.instance)
	if i == nil {
		return false
	}
	err := in.do(w.t.Context(), i, try)
	w.answers.add(in, try, p, err)
	return err == nil || w.healedByNow() && p.wire.Dead()
}

func (w *world) healedByNow() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.healed
}

// befall is what happens in a handler.
func (w *world) befall(ctx context.Context, consumer string, e event.Envelope) error {
	kind, times := w.trouble(consumer, e)
	if times == 0 || w.healedByNow() || w.tried(consumer, e) > times && kind != always {
		return nil
	}
	switch kind {
	case panics:
		panic("the handler panics")
	case hangs:
		<-ctx.Done()
		return ctx.Err()
	case isDeaf:
		time.Sleep(maxTx + 500*time.Millisecond)
		return nil
	case isSlow:
		time.Sleep(300 * time.Millisecond)
		return nil
	case isBusy:
		return sqldb.ErrBusy
	}
	return errHandler
}

// tried counts the runs of a handler for an event.
func (w *world) tried(consumer string, e event.Envelope) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := fmt.Sprint(consumer, e.Aggregate)
	w.tries[key]++
	return w.tries[key]
}
