package simulation_test

import (
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
)

// scenario is what a seed draws: who publishes what, and what goes wrong.
type scenario struct {
	seed           uint64
	sheets, plates []id.UUID
	clients        [][]intent
	actions        []action
	troubled       float64       // of the events, for each consumer
	deadline       time.Duration // of handlers
	runTwice       bool
	faults, lag    float64
	haste          float64
	slow           string
}

// intent is one transaction that a publisher wants, until he is told that it is done.
type intent struct {
	id       id.UUID
	module   string
	facts    []fact
	pause    time.Duration // before it
	linger   func()        // between its statements; may be nil
	instance int
}

type fact struct {
	kind  string
	about id.UUID
	event event.Event
}

// action is what happens to the process after so many steps.
type action struct {
	at   int
	what string
	pick int
}

// The actions.
const (
	crash      = "crash"
	toggleMain = "stop or start the first instance"
	toggleTwin = "stop or start the second instance"
	operate    = "operators decide"
	clean      = "inboxes are cleaned"
	sleepLong  = "a crash, and a month without anybody"
)

// What may befall an event in its handler, so many times.
const (
	always = iota // refused until all faults end
	refused
	panics
	hangs  // until its deadline
	isDeaf // hangs, and does not listen to its deadline
	isSlow
	isBusy // says the database
	kinds
)

const maxTx = 30 * time.Second // of a transaction

func draw(seed uint64) scenario {
	rng := rand.New(rand.NewPCG(seed, 0))
	s := scenario{
		seed: seed, sheets: ids(rng, 1+rng.IntN(4)), plates: ids(rng, 1+rng.IntN(3)),
		troubled: pick(rng, 0, 0.05, 0.2, 0.5), deadline: time.Duration(1+rng.IntN(3)) * time.Second,
		runTwice: rng.IntN(4) == 0,
		faults:   pick(rng, 0, 0, 0.003, 0.02), lag: pick(rng, 0, 0.01, 0.1),
		haste: pick(rng, 0, 0.2, 0.5),
		slow:  pick(rng, "", "", "desk", "clerk", "archivist"),
	}
	for range 2 + rng.IntN(4) {
		var plan []intent
		for range 3 + rng.IntN(8) {
			plan = append(plan, s.drawIntent(rng))
		}
		s.clients = append(s.clients, plan)
	}
	for range rng.IntN(10) {
		what := pick(rng, crash, crash, sleepLong, clean, clean, toggleMain, toggleTwin, toggleTwin)
		s.actions = append(s.actions, action{at: rng.IntN(1200), what: what, pick: rng.IntN(1 << 20)})
	}
	for range rng.IntN(6) {
		s.actions = append(s.actions, action{at: rng.IntN(1200), what: operate, pick: rng.IntN(1 << 20)})
	}
	slices.SortFunc(s.actions, func(a, b action) int { return a.at - b.at })
	return s
}

func (s *scenario) drawIntent(rng *rand.Rand) intent {
	in := intent{id: ids(rng, 1)[0], module: pick(rng, "desk", "desk", "press"), instance: rng.IntN(2)}
	if rng.IntN(2) == 0 {
		in.pause = time.Duration(rng.IntN(2000)) * time.Millisecond
	}
	for range 1 + rng.IntN(3) {
		in.facts = append(in.facts, s.drawFact(rng, in.module))
	}
	in.sort()
	return in
}

// sort lets rows be locked in one order, as everywhere.
func (in *intent) sort() {
	slices.SortStableFunc(in.facts, func(a, b fact) int { return slices.Compare(a.about[:], b.about[:]) })
}

func (s *scenario) drawFact(rng *rand.Rand, module string) fact {
	if module == "press" {
		about := pick(rng, s.plates...)
		return fact{kind: plate, about: about, event: printed{About: about}}
	}
	about := pick(rng, s.sheets...)
	switch rng.IntN(40) {
	case 0:
		return fact{kind: sheet, about: about, event: redone{About: about}}
	case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12:
		return fact{kind: sheet, about: about, event: drawn{About: about}}
	}
	return fact{kind: sheet, about: about, event: noted{About: about}}
}

// trouble is what awaits an event in its handler, and how often.
func (s *scenario) trouble(consumer string, e event.Envelope) (kind, times int) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(consumer + e.Aggregate.Type))
	_, _ = h.Write(e.Aggregate.ID[:])
	_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(e.Aggregate.Version)))
	rng := rand.New(rand.NewPCG(s.seed, h.Sum64()))
	if rng.Float64() >= s.troubled {
		return 0, 0
	}
	return rng.IntN(kinds), 1 + rng.IntN(3)
}

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

func ids(rng *rand.Rand, n int) []id.UUID {
	list := make([]id.UUID, n)
	for i := range list {
		binary.BigEndian.PutUint64(list[i][:8], rng.Uint64())
		binary.BigEndian.PutUint64(list[i][8:], rng.Uint64())
	}
	return list
}
