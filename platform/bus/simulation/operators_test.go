package simulation_test

import (
	"errors"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/audit"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/bus/simulation"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func (w *world) by() audit.By {
	return audit.By{Actor: "operator", At: w.now(), Reason: "simulated"}
}

// patience is how long operators look for something dead.
const patience = 30 * time.Second

// operate lets two operators decide at once about an event that is dead.
func (w *world) operate(p *process, pick int) {
	for end := time.Now().Add(patience); time.Now().Before(end) && !p.wire.Dead(); time.Sleep(time.Second) {
		for k := range listeners() {
			db := p.dbs[listeners()[(pick+k)%3]]
			dead, err := bus.ListHeld(w.t.Context(), db, bus.HeldFilter{State: "dead", Limit: 100})
			if err == nil && len(dead) > 0 {
				w.decide(db, dead[pick%len(dead)], pick)
				return
			}
		}
	}
}

func (w *world) decide(db *sqldb.DB, h bus.Held, pick int) {
	if pick%4 == 0 {
		w.inParallel(func() { _ = w.discard(db, h) }, func() { _, _ = bus.Replay(w.t.Context(), db, h.ID, bus.ScopeSequence, w.by()) })
		return
	}
	w.rush(db, h, []bus.Scope{bus.ScopeEvent, bus.ScopeEvent, bus.ScopeSequence, bus.ScopeFingerprint}[pick/4%4])
}

// rush lets two operators replay the same, and sees that one of them wins at most.
func (w *world) rush(db *sqldb.DB, h bus.Held, scope bus.Scope) {
	won := make([]bool, 2)
	replay := func(operator int) func() {
		return func() {
			n, err := bus.Replay(w.t.Context(), db, h.ID, scope, w.by())
			won[operator] = err == nil && n > 0
		}
	}
	w.inParallel(replay(0), replay(1))
	w.mu.Lock()
	w.replayed++
	w.mu.Unlock()
	// One that nobody can read is dead again at once, and the second operator may revive it again. So may
	// he find others of a sequence.
	if scope == bus.ScopeEvent && h.Event.Type != (redone{}).EventType() {
		w.note(simulation.OneWinner(won))
	}
}

// discard gives an event up.
func (w *world) discard(db *sqldb.DB, h bus.Held) error {
	err := bus.Discard(w.t.Context(), db, h.ID, w.by())
	if err == nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		of := simulation.Aggregate{Type: h.Event.Aggregate.Type, ID: h.Event.Aggregate.ID}
		event := simulation.Event{Of: of, Version: h.Event.Aggregate.Version, Type: h.Event.Type.Name}
		w.givenUp[db.Module()] = append(w.givenUp[db.Module()], event)
	}
	return err
}

func (w *world) inParallel(operators ...func()) {
	var all sync.WaitGroup
	for _, decide := range operators {
		all.Go(decide)
	}
	all.Wait()
}

// decideAll replays what is dead, gives up what nobody can read, and answers how much is still held.
func (w *world) decideAll() int {
	n := 0
	for _, name := range listeners() {
		db := w.process.dbs[name]
		for _, h := range w.live(db) {
			n++
			if h.State != "dead" {
				continue
			}
			if h.Event.Type != (redone{}).EventType() {
				w.rush(db, h, bus.ScopeEvent)
			} else if err := w.discard(db, h); !errors.Is(err, bus.ErrHeldNotFound) {
				require.NoError(w.t, err)
			}
		}
	}
	return n
}

// live is what a consumer holds and has not given up.
func (w *world) live(db *sqldb.DB) []bus.Held {
	var held []bus.Held
	for _, state := range []string{"retry", "behind", "dead"} {
		page, err := bus.ListHeld(w.t.Context(), db, bus.HeldFilter{State: state, Limit: 1000})
		require.NoError(w.t, err)
		held = append(held, page...)
	}
	return held
}
