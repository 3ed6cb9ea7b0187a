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
)

const (
	// apartVariable names the modules that a shop of these tests hosts in processes of their own, with commas
	// between them. The tests are the same: whoever asks the shop sees no difference.
	apartVariable = "BANYAN_TEST_APART"

	// shareVariable is how many percent of the requests and calls of those modules go to a second process that
	// hosts them, beside the first, which hosts all. Nothing returns the share but a test.
	shareVariable = "BANYAN_TEST_SHARE"

	// programVariable says which program runs some of them instead of the one that is tested, as
	// payment=/path/to/banyan.
	programVariable = "BANYAN_TEST_APART_PROGRAM"
)

// Apart says which modules of a shop have other processes.
type Apart struct {
	Modules  []string
	Share    int               // percent; 0: all that concerns them is there, in a process for each
	Programs map[string]string // by module, for those that another program runs than the tested one
}

func apartByEnvironment(t *testing.T) Apart {
	t.Helper()
	comma := func(r rune) bool { return r == ',' }
	as := Apart{Modules: strings.FieldsFunc(os.Getenv(apartVariable), comma), Programs: map[string]string{}}
	for _, entry := range strings.FieldsFunc(os.Getenv(programVariable), comma) {
		module, path, _ := strings.Cut(entry, "=")
		as.Programs[module] = path
	}
	if text := os.Getenv(shareVariable); text != "" {
		var err error
		as.Share, err = strconv.Atoi(text)
		require.NoError(t, err, shareVariable)
		require.NotEmpty(t, as.Modules, "%s wants %s, the modules that have a share", shareVariable, apartVariable)
	}
	return as
}

// processes are the modules of each other process.
func (as Apart) processes() [][]string {
	if as.Share > 0 {
		return [][]string{as.Modules}
	}
	return slices.Collect(slices.Chunk(as.Modules, 1))
}

// trunkAlone are the modules that only the first process hosts.
func (as Apart) trunkAlone() []string {
	return slices.DeleteFunc(Modules(), func(name string) bool { return slices.Contains(as.Modules, name) })
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
	as := apartByEnvironment(t)
	for _, name := range modules {
		if as.Share == 0 && slices.Contains(as.Modules, name) {
			t.Skipf("%s: %s is not in the process that this test asks", apartVariable, name)
		}
	}
}

// requireStore skips a test whose store can't have two processes for a module.
func (as Apart) requireStore(t *testing.T, database string, settings []string) {
	t.Helper()
	if as.Share == 0 {
		return
	}
	for _, name := range as.Modules {
		own := "BANYAN_DB_" + strings.ToUpper(name) + "="
		at := database
		for _, setting := range settings {
			if place, found := strings.CutPrefix(setting, own); found {
				at = place
			}
		}
		if strings.HasPrefix(at, "sqlite:") {
			t.Skipf("%s=%d: a module in two processes needs MySQL, since a SQLite file has one writing process", shareVariable, as.Share)
		}
	}
}

// setShares is asked of the first process when all of them serve.
func (s *Server) setShares(t *testing.T) {
	t.Helper()
	if s.apart == nil || s.apart.Share == 0 {
		return
	}
	for _, name := range s.apart.Modules {
		a := s.Ask(t, http.MethodPatch, "/v1/system/routes/"+name, fmt.Sprintf(`{"share":%d}`, s.apart.Share), "Authorization", "Bearer "+OperatorToken)
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
	if a == nil || a.Share == 0 {
		return
	}
	for _, name := range a.Modules {
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
