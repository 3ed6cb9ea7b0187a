package crashpoint_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// mode is what happens at a point.
type mode string

const (
	none   mode = ""
	before mode = "dies before"
	after  mode = "dies after"
	unsent mode = "lives, and the call is lost:"
	lost   mode = "lives, and the reply is lost:"
)

func modes() []mode { return []mode{before, after, unsent, lost} }

// kills says whether the program dies; else its connection breaks.
func (m mode) kills() bool { return m == before || m == after }

// modes are those that differ: whether a read was done that nobody has heard of makes no difference.
func (p point) modes() []mode {
	if strings.HasPrefix(p.text, "SELECT") {
		return []mode{before, unsent}
	}
	return modes()
}

// point is a call of the driver: the nth of its kind. Several modules work at once, so that a number
// over all of them would mean another call each time.
type point struct {
	module, text string
	nth          int
}

func (p point) String() string { return fmt.Sprintf("%s: %s (%d)", p.module, p.text, p.nth) }

// fault is one thing that goes wrong.
type fault struct {
	mode mode
	at   point // where, from the moment the client begins
	nth  int   // or, if not 0: at the nth call, whichever it is, since the fault before it
}

func (f fault) String() string {
	if f.nth > 0 {
		return fmt.Sprintf("%s call %d from there", f.mode, f.nth)
	}
	return fmt.Sprintf("%s %s", f.mode, f.at)
}

// fate knows what is still to go wrong in one run, over all lives of the program, and what passed.
type fate struct {
	mu     sync.Mutex
	armed  bool
	spared bool
	faults []fault // the next one first
	struck []string
	seen   map[point]int // by kind (nth is 0), since the last fault
	calls  int           // since the last fault
	passed []point       // in order, if no fault has struck
}

func newFate(faults ...fault) *fate {
	return &fate{faults: slices.Clone(faults), seen: map[point]int{}}
}

// arm begins the count: the client is about to send its request. It answers how many calls passed before.
func (f *fate) arm() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	births := f.calls
	f.armed, f.calls, f.passed = true, 0, nil
	clear(f.seen)
	return births
}

// spare lets calls pass uncounted, while it is looked at what has become of it all.
func (f *fate) spare(yes bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.spared = yes
}

// arrive is called before each call, and answers what shall become of it. The dead arrive nowhere.
func (f *fate) arrive(l *life, module, text string) mode {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l.dead() {
		return before
	}
	if f.spared || text == rollback {
		return none
	}
	kind := point{module: module, text: shorten(text)}
	f.seen[kind]++
	f.calls++
	here := kind
	here.nth = f.seen[kind]
	if len(f.struck) == 0 {
		f.passed = append(f.passed, here)
	}
	if !f.armed || len(f.faults) == 0 || !f.faults[0].hits(here, f.calls) {
		return none
	}
	m := f.faults[0].mode
	f.faults = f.faults[1:]
	f.struck = append(f.struck, fmt.Sprintf("%s %s", m, here))
	f.calls = 0
	clear(f.seen)
	if m == before {
		l.die()
	}
	return m
}

func (f fault) hits(here point, calls int) bool {
	if f.nth > 0 {
		return f.nth == calls
	}
	return f.at == here
}

// strikes is what has gone wrong so far.
func (f *fate) strikes() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.struck)
}

func (f *fate) trace() []point {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.passed)
}

// rollback is no point: nothing is promised by it, and the database does it for a connection that breaks.
const rollback = "ROLLBACK"

var (
	many   = regexp.MustCompile(`\?(, ?\?)+`)
	groups = regexp.MustCompile(`(\(\?+\))(, ?\(\?+\))+`)
	cases  = regexp.MustCompile(`( WHEN [^ ]+( = \?)? THEN [^ ]+)+`)
)

// shorten makes statements for more or fewer rows one kind.
func shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	text = many.ReplaceAllString(text, "??")
	text = groups.ReplaceAllString(text, "(??), ...")
	return cases.ReplaceAllString(text, " WHEN ...")
}
