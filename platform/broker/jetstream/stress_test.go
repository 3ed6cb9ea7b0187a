package jetstream_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus/simulation"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
)

// seedVariable repeats the choices of a seed: BANYAN_SEED=17 go test -run Killed. What happens at once
// happens in another order each time.
const seedVariable = "BANYAN_SEED"

// eventsVariable makes it longer: BANYAN_EVENTS=10000 go test -run Killed.
const eventsVariable = "BANYAN_EVENTS"

// leastStrikes are dealt also when all is stated before: what it leads to is under way.
const leastStrikes = 8

// crew is the processes of a shop, killed and replaced while they work.
type crew struct {
	*shop

	rng   *rand.Rand
	mu    sync.Mutex
	at    map[int]*process
	roles [][]string
	kills int

	longest time.Duration // without an effect, after the last strike
}

func (c *crew) desk(n int) *process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at[n%2] // the roles of the first two
}

// strike does harm of a kind that the seed chooses.
func (c *crew) strike() {
	c.kills++
	n := c.rng.IntN(len(c.roles))
	switch c.rng.IntN(6) {
	case 0:
		c.nats.stop()
		c.nats.start()
	case 1:
		c.mu.Lock()
		p := c.at[n]
		c.mu.Unlock()
		p.cable.shake()
	default:
		p := c.host(c.roles[n]...).start()
		c.mu.Lock()
		old := c.at[n]
		c.at[n] = p
		c.mu.Unlock()
		old.kill()
	}
}

func TestNothingGoesWrongWhileAnybodyIsKilled(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, engine dbtest.Engine) {
		events := 400 // of the desk; as many of the clerk
		if racing {
			events = 150
		}
		if text := os.Getenv(eventsVariable); text != "" {
			var err error
			events, err = strconv.Atoi(text)
			require.NoError(t, err)
		}
		seed := rand.Uint64N(1 << 32)
		if text := os.Getenv(seedVariable); text != "" {
			var err error
			seed, err = strconv.ParseUint(text, 10, 64)
			require.NoError(t, err)
		}
		c := &crew{
			shop: newShop(t, engine), rng: rand.New(rand.NewPCG(seed, 0)), at: map[int]*process{},
			roles: [][]string{{"desk"}, {"desk"}, {"clerk"}, {"clerk"}, {"clerk"}, {"archivist"}, {"archivist"}},
		}
		c.partitions = 64
		trouble := c.befall(seed)
		c.trouble.Store(&trouble)
		sheets := c.sheets(40)
		for n, role := range c.roles {
			c.at[n] = c.host(role...).start()
		}
		over := make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			defer close(over)
			c.publish(seed, sheets, events)
		})
		for working := true; working || c.kills < leastStrikes; {
			<-time.After(time.Duration(20+c.rng.IntN(200)) * time.Millisecond)
			c.strike()
			select {
			case <-over:
				working = false
			default:
			}
		}
		all.Wait()
		e := c.whole()
		require.NoError(t, simulation.Always(e), "seed %d", seed)
		require.NoError(t, simulation.Settled(e), "seed %d", seed)
		t.Logf("seed %d: %d strikes, %d events, 0 lost, doubled or disordered; nothing moved for %s at most", seed, c.kills, 2*events, c.longest)
	})
}

// whole waits until all is well, or nothing moves any more, and answers what the databases say then.
func (c *crew) whole() simulation.Evidence {
	const still = 20 * time.Second
	before, moved := 0, time.Now()
	for {
		now := 0
		for _, name := range names() {
			now += c.effects(name)
		}
		if now != before {
			c.longest = max(c.longest, time.Since(moved))
			before, moved = now, time.Now()
		} else if e := c.evidence(); time.Since(moved) > still || simulation.Always(e) == nil && simulation.Settled(e) == nil {
			return e
		}
		<-time.After(200 * time.Millisecond)
	}
}

// publish states single notes until there are enough, through whoever is alive. What was lost with a
// process is stated anew.
func (c *crew) publish(seed uint64, sheets []id.UUID, events int) {
	var all sync.WaitGroup
	share := events / 5
	for worker := range 5 {
		rng := rand.New(rand.NewPCG(seed, uint64(worker)+1))
		own := sheets[worker*8 : worker*8+8]
		all.Go(func() {
			for range share {
				about := own[rng.IntN(len(own))]
				before := c.version(about)
				for c.desk(rng.IntN(2)).note(about) != nil && c.version(about) == before { //nolint:revive // tried again
				}
			}
		})
	}
	all.Wait()
}

func (c *crew) version(about id.UUID) int {
	return c.count("desk", "SELECT version FROM paper WHERE agg_type = 'sheet' AND agg_id = ?", about)
}

// befall lets one event in a hundred fail once.
func (c *crew) befall(seed uint64) func(string, event.Envelope) error {
	var mu sync.Mutex
	met := map[string]bool{}
	return func(consumer string, e event.Envelope) error {
		rng := rand.New(rand.NewPCG(seed, uint64(e.Aggregate.Version)<<8+uint64(e.Aggregate.ID[15])))
		if rng.IntN(100) > 0 {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		key := consumer + e.ID.String()
		if met[key] {
			return nil
		}
		met[key] = true
		return errHandler
	}
}
