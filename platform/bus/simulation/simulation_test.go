package simulation_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// seedVariable replays a seed: BANYAN_SEED=17 go test -run TestNothingGoesWrong ./platform/bus/simulation
const seedVariable = "BANYAN_SEED"

// durationVariable is how long seeds are tried, from 1 on.
const durationVariable = "BANYAN_SEEDS_FOR"

// replays is how often a seed is run that is named: not everything about a run is the seed's.
const replays = 20

// effort is how long seeds are tried, and how many at most.
func effort(t *testing.T) (time.Duration, uint64) {
	t.Helper()
	if text := os.Getenv(durationVariable); text != "" {
		given, err := time.ParseDuration(text)
		require.NoError(t, err, durationVariable)
		return given, 1 << 40
	}
	switch {
	case raceEnabled: // which makes SQLite 30 times slower
		return 15 * time.Second, 30
	case testing.Short():
		return time.Minute, 20
	}
	return 20 * time.Second, 1 << 40
}

func TestNothingGoesWrongUnderAnySeed(t *testing.T) {
	t.Parallel()
	dbtest.Only(t, sqldb.SQLite).MigratedURL(t, modules()...) // the templates, outside of any bubble
	if text := os.Getenv(seedVariable); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, seedVariable)
		for range replays {
			simulate(t, seed, &figures{})
		}
		return
	}
	duration, most := effort(t)
	first := rand.Uint64N(1 << 32)
	if most < 1<<40 || os.Getenv(durationVariable) != "" {
		first = 0
	}
	var next atomic.Uint64
	var sum figures
	end := time.Now().Add(duration)
	t.Run("seeds", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("worker", func(t *testing.T) {
				t.Parallel()
				for n := next.Add(1); n <= most && time.Now().Before(end) && !t.Failed(); n = next.Add(1) {
					simulate(t, first+n, &sum)
				}
			})
		}
	})
	t.Logf("from seed %d: %s", first+1, &sum)
}

// simulate runs one seed.
func simulate(t *testing.T, seed uint64, sum *figures) {
	t.Helper()
	watchdog := time.AfterFunc(5*time.Minute, func() { panic(fmt.Sprintf("seed %d does not come to an end", seed)) })
	defer watchdog.Stop()
	synctest.Test(t, func(t *testing.T) {
		s := draw(seed)
		g := newGate()
		sched := &scheduler{gate: g, rng: rand.New(rand.NewPCG(seed, 1)), faults: s.faults, lag: s.lag, slow: s.slow, haste: s.haste}
		err := live(t, s, g, sched, sum)
		require.NoError(t, err, "replay with %s=%d", seedVariable, seed)
	})
}
