package rehearsal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/cmd/internal/customer"
	"github.com/banyan-commerce/banyan/cmd/internal/drive"
	"github.com/banyan-commerce/banyan/cmd/internal/proc"
	"github.com/banyan-commerce/banyan/cmd/internal/sample"
	"github.com/banyan-commerce/banyan/cmd/internal/scrape"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/dbtest/mysqld"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// What each stage costs: orders per second, waiting, processor and memory, by turns in one run, so that what else the
// machine does is shared by all. The short form sees that measuring works; -cost prints figures to go by.
func TestWhatAStageCosts(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a quarter of a minute")
	}
	if !given.cost {
		t.Parallel()
	}
	t.Run("sqlite", func(t *testing.T) {
		c := newCosts(t, sqldb.SQLite)
		c.measure(t)
		for _, s := range c.stages {
			require.Positive(t, s.median().Settled, s.name)
		}
		if given.cost {
			c.print(os.Stdout)
		}
	})
	t.Run("mysql", func(t *testing.T) {
		if !given.cost {
			return // the short form has measured on files
		}
		c := newCosts(t, sqldb.MySQL)
		c.measure(t)
		c.print(os.Stdout)
	})
	if given.cost {
		printCalls(t, os.Stdout)
	}
}

// costs is one run on one engine.
type costs struct {
	engine  sqldb.Engine
	servers []*mysqld.Server // with durable settings; the second one for data elsewhere
	stages  []*stage
	length  time.Duration
	rounds  int
	clients int
	goods   customer.Goods
}

// stage is a layout, and what was measured of it.
type stage struct {
	plan

	deployment *deployment
	took       []reading // by round
}

// reading is one turn of a stage.
type reading struct {
	Settled       float64 // orders per second, from the first one placed to the last one settled
	Placed        drive.Reading
	Confirmed     drive.Reading // from placing to confirmed, with two clients
	CPU, Database time.Duration // per order: all processes of the shop, and of databases
	Broker        time.Duration // the broker's part of CPU
	Memory        int64         // resident in all processes of the shop, broker and all, in bytes
}

func newCosts(t *testing.T, engine sqldb.Engine) *costs {
	t.Helper()
	c := &costs{engine: engine, length: given.seconds, rounds: given.rounds, clients: 16, goods: customer.Goods{N: 2000}}
	if !given.cost {
		c.length, c.rounds, c.clients, c.goods.N = 200*time.Millisecond, 1, 2, 50
	}
	if engine == sqldb.MySQL {
		c.servers = []*mysqld.Server{newServer(t), newServer(t)}
	}
	for i, l := range layouts() {
		if engine == sqldb.SQLite && (l.mysqlOnly || l.elsewhere || !given.cost && i > 1) {
			continue
		}
		database, elsewhere := c.stores(t, i)
		c.stages = append(c.stages, c.stage(t, l, database, elsewhere))
	}
	return c
}

// stage makes a stage with a catalogue. Nothing runs yet.
func (c *costs) stage(t *testing.T, l layout, database, elsewhere string) *stage {
	t.Helper()
	s := &stage{plan: newPlan(t, l), deployment: newDeployment(t, "payment", nil)}
	s.deployment.provider.Reliable.Store(true)
	s.deployment.settings = []string{s.settings(database, elsewhere, t.TempDir())}
	feed, rules, err := c.goods.Write(t.TempDir())
	require.NoError(t, err)
	s.mustRun(t, s.deployment, "banyan migrate && banyan import --source load --mapping "+rules+" "+feed)
	return s
}

func newServer(t *testing.T) *mysqld.Server {
	t.Helper()
	s, err := mysqld.Start(t.Context(), mysqld.Options{Durable: true})
	if errors.Is(err, mysqld.ErrNotFound) {
		t.Skip(err, "; install one by make test-deps")
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	return s
}

func (c *costs) stores(t *testing.T, n int) (database, elsewhere string) {
	t.Helper()
	if c.engine == sqldb.SQLite {
		return dbtest.Only(t, sqldb.SQLite).URL(t), ""
	}
	prefix := fmt.Sprintf("?prefix=stage%d_", n)
	return c.servers[0].DSN() + prefix, c.servers[1].DSN() + prefix
}

// measure gives each stage its turn, in each round.
func (c *costs) measure(t *testing.T) {
	t.Helper()
	for round := range c.rounds {
		for i := range c.stages {
			s := c.stages[(i+round)%len(c.stages)]
			s.took = append(s.took, c.turn(t, s))
			if given.cost {
				fmt.Fprintf(os.Stderr, "%s, round %d, %s: %s\n", c.engine, round+1, s.name, s.took[len(s.took)-1])
			}
		}
	}
}

// warmUp is how much of a turn goes before measuring: prepared statements, connections, the broker's durables.
const warmUp = 4 // a fourth

func (c *costs) turn(t *testing.T, s *stage) (r reading) {
	t.Helper()
	s.start(t, s.deployment)
	defer s.stopAll(t)
	clients := make([]*customer.Client, c.clients)
	for i := range clients {
		clients[i] = customer.New("http://" + s.at[0])
	}
	c.order(t, s, clients, c.length/warmUp, false)
	cpu, broker, database := s.spent(), s.spentBy("broker"), c.spent()
	placed, settled := c.order(t, s, clients, c.length, false)
	n := float64(len(placed.Took))
	r.Placed, r.Settled = placed.Reading(), sample.Rate(len(placed.Took), settled.Sub(placed.Begin))
	r.CPU = time.Duration(sample.Per(float64(s.spent()-cpu), n))
	r.Broker = time.Duration(sample.Per(float64(s.spentBy("broker")-broker), n))
	r.Database = time.Duration(sample.Per(float64(c.spent()-database), n))
	confirmed, _ := c.order(t, s, clients[:2], c.length/2, true)
	r.Confirmed = confirmed.Reading()
	for _, p := range s.deployment.processes {
		r.Memory += proc.Resident(p.instance.PID())
	}
	return r
}

// order has clients place orders, and waits until all are settled.
func (c *costs) order(t *testing.T, s *stage, clients []*customer.Client, length time.Duration, wait bool) (drive.Tally, time.Time) {
	t.Helper()
	before := s.counters(t)
	placed := drive.Run(t.Context(), len(clients), length, func(ctx context.Context, i int) error {
		_, err := clients[i].Place(ctx, c.goods.Pick(2), wait)
		return err
	})
	require.NoError(t, placed.Failed(s.name))
	for {
		grown := s.counters(t)
		for i := range grown {
			grown[i] = grown[i].Since(before[i])
		}
		if customer.Settled(grown...) >= len(placed.Took) {
			return placed, time.Now()
		}
		require.Less(t, time.Since(placed.End), time.Minute, "%s: orders do not settle", s.name)
		rest(t.Context(), shoptest.Soon)
	}
}

// counters are those of each process.
func (s *stage) counters(t *testing.T) []scrape.Metrics {
	t.Helper()
	all := make([]scrape.Metrics, len(s.at))
	for i, at := range s.at {
		m, err := customer.New("http://" + at).Metrics(t.Context())
		require.NoError(t, err)
		all[i] = m.Only("banyan_events_total")
	}
	return all
}

func (s *stage) spent() (total time.Duration) {
	for name := range s.deployment.processes {
		total += s.spentBy(name)
	}
	return total
}

// spentBy is 0 where there is no such process.
func (s *stage) spentBy(name string) time.Duration {
	p := s.deployment.processes[name]
	if p == nil {
		return 0
	}
	return proc.Spent(p.instance.PID())
}

func (c *costs) spent() (total time.Duration) {
	for _, s := range c.servers {
		total += proc.Spent(s.PID())
	}
	return total
}

func (s *stage) stopAll(t *testing.T) {
	t.Helper()
	for name := range s.deployment.processes {
		if name != "broker" {
			s.deployment.stop(t, name)
		}
	}
	if s.apart() {
		s.deployment.stop(t, "broker")
	}
}
