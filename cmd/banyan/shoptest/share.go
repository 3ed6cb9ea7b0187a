package shoptest

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
)

// shareVariable is how many percent of the requests and calls of the modules in BANYAN_TEST_APART go to a second process
// that hosts them, beside the first, which hosts all. Nothing returns the share but a test.
const shareVariable = "BANYAN_TEST_SHARE"

// layout says which modules have other processes.
type layout struct {
	names []string
	share int // percent; 0: all that concerns them is there, in a process for each
}

func layoutOfTests(t *testing.T) layout {
	t.Helper()
	l := layout{names: strings.FieldsFunc(os.Getenv(apartVariable), func(r rune) bool { return r == ',' })}
	if text := os.Getenv(shareVariable); text != "" {
		var err error
		l.share, err = strconv.Atoi(text)
		require.NoError(t, err, shareVariable)
		require.NotEmpty(t, l.names, "%s wants %s, the modules that have a share", shareVariable, apartVariable)
	}
	return l
}

// processes are the modules of each other process.
func (l layout) processes() [][]string {
	if l.share > 0 {
		return [][]string{l.names}
	}
	return slices.Collect(slices.Chunk(l.names, 1))
}

// trunkAlone are the modules that only the first process hosts.
func (l layout) trunkAlone() []string {
	return slices.DeleteFunc(Modules(), func(name string) bool { return slices.Contains(l.names, name) })
}

// Longer is a time in which events reach another module, where that may be in another process: some seconds pass
// there until all have found each other.
func Longer(d time.Duration) time.Duration {
	if os.Getenv(apartVariable) == "" || os.Getenv(shareVariable) != "" {
		return d
	}
	return 5 * d
}

// RequireTrunk skips a test of a module that the process which customers reach must host, where these tests host it
// elsewhere alone.
func RequireTrunk(t *testing.T, modules ...string) {
	t.Helper()
	l := layoutOfTests(t)
	for _, name := range modules {
		if l.share == 0 && slices.Contains(l.names, name) {
			t.Skipf("%s: %s is not in the process that this test asks", apartVariable, name)
		}
	}
}

// requireStore skips a test whose store can't have two processes for a module.
func (l layout) requireStore(t *testing.T, database string, settings []string) {
	t.Helper()
	if l.share == 0 {
		return
	}
	for _, name := range l.names {
		own := "BANYAN_DB_" + strings.ToUpper(name) + "="
		at := database
		for _, setting := range settings {
			if place, found := strings.CutPrefix(setting, own); found {
				at = place
			}
		}
		if strings.HasPrefix(at, "sqlite:") {
			t.Skipf("%s=%d: a module in two processes needs MySQL, since a SQLite file has one writing process", shareVariable, l.share)
		}
	}
}

// OpenShared starts a shop on an empty store of the engine in which so many percent of what concerns some modules goes to
// a second process.
func OpenShared(t *testing.T, e dbtest.Engine, percent int, modules ...string) *Server {
	t.Helper()
	database := e.MigratedURL(t, Modules()...)
	s := prepare(t, layout{names: modules, share: percent}, database, append(dbtest.Settings(database), "BANYAN_MIGRATE=off")...)
	s.Launch(t)
	s.AwaitGreeting(t)
	return s
}

// setShares is asked of the first process when all of them serve.
func (s *Server) setShares(t *testing.T) {
	t.Helper()
	if s.apart == nil || s.apart.share == 0 {
		return
	}
	for _, name := range s.apart.names {
		a := s.Ask(t, http.MethodPatch, "/v1/system/routes/"+name, fmt.Sprintf(`{"share":%d}`, s.apart.share), "Authorization", "Bearer "+OperatorToken)
		require.Equal(t, http.StatusOK, a.Status, a.Body)
		require.NotContains(t, a.Body, `"called":true,"calls_to":[]`, "the calls, too")
	}
}

// Second is the process that has the share.
func (s *Server) Second(t *testing.T) *Server {
	t.Helper()
	return s.apart.servers()[0]
}

// KillSecond ends the process that has the share, as a crash does.
func (s *Server) KillSecond() { s.apart.kill() }

// Sides count what went where, by module: "requests here", "requests away", "calls here", "calls away".
type Sides map[string]int

// SidesOf reads them from what the first process tells.
func SidesOf(metrics string, module string) Sides {
	n := Sides{}
	for line := range strings.Lines(metrics) {
		name, rest, _ := strings.Cut(line, "{")
		kind := map[string]string{"banyan_route_requests_total": "requests", "banyan_route_calls_total": "calls"}[name]
		labels, value, _ := strings.Cut(rest, "} ")
		if kind == "" || !strings.Contains(labels, fmt.Sprintf("module=%q", module)) {
			continue
		}
		count, _ := strconv.ParseFloat(strings.TrimSpace(value), 64)
		for _, side := range []string{"here", "away"} {
			if strings.Contains(labels, fmt.Sprintf("side=%q", side)) {
				n[kind+" "+side] += int(count)
			}
		}
	}
	return n
}

// tally notes what the first process has shared.
func (a *apart) tally(metrics string) {
	if a == nil || a.share == 0 {
		return
	}
	for _, name := range a.names {
		shared.add(name, SidesOf(metrics, name))
	}
}

// tally is what all shops of a run of tests have shared, by module.
type tally struct {
	mu    sync.Mutex
	sides map[string]Sides
}

var shared tally //nolint:gochecknoglobals // the tests of a process have one run, whose end is RunTests

func (y *tally) add(module string, n Sides) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.sides == nil {
		y.sides = map[string]Sides{}
	}
	if y.sides[module] == nil {
		y.sides[module] = Sides{}
	}
	for what, count := range n {
		y.sides[module][what] += count
	}
}

// oneSided names what had a share and went to one side alone: 50 percent that were none prove nothing.
func (y *tally) oneSided() []string {
	y.mu.Lock()
	defer y.mu.Unlock()
	var all []string
	for _, module := range slices.Sorted(maps.Keys(y.sides)) {
		n := y.sides[module]
		for _, kind := range []string{"requests", "calls"} {
			here, away := n[kind+" here"], n[kind+" away"]
			fmt.Fprintf(os.Stdout, "share of %s: %s %d here, %d away\n", module, kind, here, away)
			if (here == 0) != (away == 0) {
				all = append(all, module+" "+kind)
			}
		}
	}
	return all
}
