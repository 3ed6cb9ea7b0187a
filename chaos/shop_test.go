package chaos_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
)

// Customers buy, change their minds, and get their parcels while servers and what they stand on fail.
// Whoever hears nothing asks again with the same key. Afterwards nobody was promised what is not there,
// and orders, money, parcels and pieces fit each other and the payment provider's own books.
func TestTheShopKeepsItsPromises(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		given.wants(t, "shop", "sqlite")
		f, banyan := newFigures("shop", "sqlite"), shopProgram(t)
		f.eachRound(t, func(t *testing.T, seed int64, length time.Duration) {
			t.Helper()
			newShop(t, onFiles(t), banyan, 1).endure(t, f, seed, length)
		})
	})
	t.Run("mysql", func(t *testing.T) {
		given.wants(t, "shop", "mysql")
		server := newServer(t)
		f, banyan := newFigures("shop", "mysql"), shopProgram(t)
		f.eachRound(t, func(t *testing.T, seed int64, length time.Duration) {
			t.Helper()
			newShop(t, onServer(t, server, fmt.Sprintf("shop%d", seed), 3), banyan, 3).endure(t, f, seed, length)
		})
	})
}

func shopProgram(t *testing.T) string {
	t.Helper()
	return program(t, "..", "./cmd/banyan", shoptest.Overlay(t, "..", shoptest.ExternalProvider()...))
}

const (
	shopFaultGap = 300 * time.Millisecond // on average: a server is up in a tenth of a second, and shall do some work
	shopDrain    = 15 * time.Second       // the bus's ten, and the lease of a task; and what was asleep when the faults ended
	customers    = 8
)

// shop is servers on one ground, and what is around them.
type shop struct {
	ground    *ground
	instances []*shoptest.Instance
	provider  *shoptest.Provider
	dbs       map[string]*sql.DB

	mu   sync.Mutex
	urls []string // where each server listens at present
	at   map[string]*shoptest.Server
}

// newShop starts so many servers, with more settings than where their store is.
func newShop(t *testing.T, g *ground, banyan string, instances int, more ...string) *shop {
	t.Helper()
	s := &shop{ground: g, provider: shoptest.NewProvider(t), dbs: map[string]*sql.DB{}, urls: make([]string, instances), at: map[string]*shoptest.Server{}}
	s.migrate(t, banyan)
	for n := range instances {
		s.instances = append(s.instances, shoptest.Supervise(t, []string{"listens on"}, func() *exec.Cmd {
			c := exec.CommandContext(t.Context(), banyan, "serve")
			c.Env = slices.Concat(shoptest.Environment(g.ways[n%len(g.ways)]), g.users(), more,
				[]string{"BANYAN_ADDR=127.0.0.1:0", "BANYAN_MIGRATE=off", "BANYAN_LOG=warn", shoptest.ProviderVariable + "=" + s.provider.URL})
			return c
		}, func(line string) { s.moved(n, line) }))
	}
	awaitReady(t, s.instances)
	return s
}

func (s *shop) migrate(t *testing.T, banyan string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), banyan, "migrate")
	if len(s.ground.users()) > 0 {
		c.Args = append(c.Args, "--grants")
	}
	c.Env = slices.Concat(shoptest.Environment(s.ground.direct), s.ground.users(), []string{"HOME=" + os.TempDir()})
	text, err := c.CombinedOutput()
	require.NoError(t, err, string(text))
	for _, name := range shoptest.Modules() {
		s.dbs[name] = s.ground.open(t, name)
		s.ground.record(t, name)
	}
}

func (s *shop) moved(n int, line string) {
	if found := regexp.MustCompile(`listens on (http://\S+)`).FindStringSubmatch(line); found != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.urls[n] = found[1]
	}
}

// server is the n-th one, where it was last heard of.
func (s *shop) server(n int) *shoptest.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	url := s.urls[n%len(s.urls)]
	if s.at[url] == nil {
		s.at[url] = shoptest.At(url)
	}
	return s.at[url]
}

// endure has customers shop while things go wrong, and checks everything afterwards.
func (s *shop) endure(t *testing.T, f *figures, seed int64, length time.Duration) {
	t.Helper()
	c := newCrowd(s, seed)
	s.server(0).Offer(t, c.pieces)
	c.open(t)
	m := &monkey{faults: faultsOf(t, s.ground, s.instances), every: shopFaultGap}
	m.rage(t, seed, length)
	over := time.Now()
	s.provider.Reliable.Store(true)
	c.close(t)
	served := time.Since(over)
	awaitReady(t, s.instances)
	sleep := asleep(t, s.dbs)
	s.awaitDrained(t)
	drain := time.Since(over)
	books := s.server(0).RequireSound(t, c.pieces)
	c.requireAllKept(t, books)
	s.provider.RequireSameBooks(t, books)
	heard := s.requireHeardOnce(t)
	for _, i := range s.instances {
		require.Zero(t, i.End(t), "a server that is asked to end ends well")
		require.Empty(t, i.Panicked())
		f.counts[deaths] += int64(i.Deaths())
	}
	for name, n := range m.struck {
		f.counts[name] += int64(n)
	}
	f.length, f.drain = f.length+length, max(f.drain, drain)
	f.counts[orders] += int64(len(books.Orders))
	f.counts[asked] += c.again.Load()
	f.heard(heard)
	t.Logf("%s; the last customer was served %s after the faults", f, served.Round(time.Millisecond))
	require.Less(t, drain, shopDrain+sleep)
}

// asleep is how long it is until the last of those will be tried again that failed amid the faults: they
// wait the longer the more often they have.
func asleep(t *testing.T, dbs map[string]*sql.DB) time.Duration {
	t.Helper()
	var last int64
	for _, db := range dbs {
		last = max(last, sum(t, db, "SELECT COALESCE(MAX(run_at), 0) FROM bus_task WHERE every = 0"),
			sum(t, db, "SELECT COALESCE(MAX(next_at), 0) FROM bus_held"))
	}
	return max(0, time.Until(time.UnixMicro(last)))
}

const openTasks = "SELECT COUNT(*) FROM bus_task WHERE every = 0"

// awaitDrained waits until no event and no task is under way.
func (s *shop) awaitDrained(t *testing.T) {
	t.Helper()
	left := settled(t, patience, func() (string, error) {
		left, err := unsettled(t.Context(), s.dbs)
		for name, db := range s.dbs {
			var n int64
			err = errors.Join(err, db.QueryRowContext(t.Context(), openTasks).Scan(&n))
			if n > 0 {
				left += fmt.Sprintf(" %d tasks of %s", n, name)
			}
		}
		return left, err
	})
	require.Empty(t, left)
}
