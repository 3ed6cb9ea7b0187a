package chaos_test

import (
	"database/sql"
	"fmt"
	"os/exec"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/chaos/office"
	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Instances of the office publish and hear while they are killed some times a second. Afterwards each
// consumer has each event once and in its order.
func TestTheBusLosesDoublesAndDisordersNothing(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		given.wants(t, "bus", "sqlite")
		f, node := newFigures("bus", "sqlite"), program(t, ".", "./busnode")
		f.eachRound(t, func(t *testing.T, seed int64, length time.Duration) {
			t.Helper()
			f.requireNone(t, newOffice(t, onFiles(t), node, 1).storm(t, f, seed, length, patience))
		})
	})
	t.Run("mysql", func(t *testing.T) {
		given.wants(t, "bus", "mysql")
		server := newServer(t)
		f, node := newFigures("bus", "mysql"), program(t, ".", "./busnode")
		f.eachRound(t, func(t *testing.T, seed int64, length time.Duration) {
			t.Helper()
			g := onServer(t, server, fmt.Sprintf("bus%d", seed), 3)
			f.requireNone(t, newOffice(t, g, node, 3).storm(t, f, seed, length, patience))
		})
	})
}

const (
	papers    = 200
	faultGap  = 250 * time.Millisecond // on average, for one instance: as long as an acknowledgement waits
	drainGoal = 10 * time.Second
	patience  = time.Minute // after which what has not drained never will
)

// site is an office at work.
type site struct {
	ground    *ground
	instances []*shoptest.Instance
	dbs       map[string]*sql.DB
	unknown   atomic.Int64
	calm      bool // nothing goes wrong
}

// newOffice starts so many instances of node on a ground of their own.
func newOffice(t *testing.T, g *ground, node string, instances int, flags ...string) *site {
	t.Helper()
	at, err := sqldb.ParseLocation(g.direct)
	require.NoError(t, err)
	require.NoError(t, office.Furnish(t.Context(), at, papers))
	s := &site{ground: g, dbs: map[string]*sql.DB{}}
	for _, name := range office.Names() {
		s.dbs[name] = g.open(t, name)
	}
	for n := range instances {
		arguments := append([]string{"-db", g.ways[n], "-papers", fmt.Sprint(papers)}, flags...)
		s.instances = append(s.instances, shoptest.Supervise(t, []string{"ready", quiet},
			func() *exec.Cmd { return exec.CommandContext(t.Context(), node, arguments...) },
			func(line string) {
				if line == "unknown" {
					s.unknown.Add(1)
				}
			}))
	}
	awaitReady(t, s.instances)
	return s
}

// quiet is what an instance of the office says when it publishes no more.
const quiet = "quiet"

func awaitReady(t *testing.T, instances []*shoptest.Instance) {
	t.Helper()
	require.Eventually(t, func() bool {
		return !slices.ContainsFunc(instances, func(i *shoptest.Instance) bool { return !i.Serves() })
	}, patience, 5*time.Millisecond, "an instance does not come up")
}

// silence lets no instance publish any more.
func (s *site) silence(t *testing.T) {
	t.Helper()
	awaitReady(t, s.instances)
	require.Eventually(t, func() bool {
		loud := false
		for _, i := range s.instances {
			if !i.Has(quiet) {
				i.Signal(syscall.SIGUSR1)
				loud = true
			}
		}
		return !loud
	}, patience, 20*time.Millisecond, "an instance does not stop publishing")
}

// storm lets things go wrong for a while, waits until all is delivered, and counts what is not as it
// should be.
func (s *site) storm(t *testing.T, f *figures, seed int64, length, limit time.Duration) verdict {
	t.Helper()
	m := &monkey{faults: faultsOf(t, s.ground, s.instances), every: faultGap / time.Duration(min(2, len(s.instances)))}
	if s.calm {
		m.faults = nil
	}
	m.rage(t, seed, length)
	over := time.Now()
	s.silence(t)
	sleep := asleep(t, s.dbs)
	v := verdict{left: settled(t, limit, func() (string, error) { return unsettled(t.Context(), s.dbs) }), drain: time.Since(over), goal: drainGoal + sleep}
	f.drain = max(f.drain, v.drain)
	for _, i := range s.instances {
		require.Zero(t, i.End(t), "an instance that is asked to end ends well")
		require.Empty(t, i.Panicked())
		f.counts[deaths] += int64(i.Deaths())
	}
	audit(t, s.dbs, &v)
	f.length += length
	f.counts[unknown] += s.unknown.Load()
	for name, n := range m.struck {
		f.counts[name] += int64(n)
	}
	f.count(v)
	return v
}

// settled waits until nothing is left, and answers what still is after the limit.
func settled(t *testing.T, limit time.Duration, look func() (left string, err error)) string {
	t.Helper()
	told := drainGoal / 2 // what drains in time is not talked about
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for begin := time.Now(); ; <-tick.C {
		left, err := look()
		if err != nil {
			left = err.Error()
		}
		if left == "" || time.Since(begin) > limit {
			return left
		}
		if late := time.Since(begin).Truncate(time.Second); late > told {
			told = late
			t.Logf("%s after the faults: %s", late, left)
		}
	}
}
