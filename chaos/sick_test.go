package chaos_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
)

// Shipping's schema can't be used for a while, under load. Orders are confirmed as fast as before; then
// shipping does what it has missed, and a parcel whose order was cancelled meanwhile is not sent: an order's events came in
// their order.
func TestASickConsumerStopsNobodyElse(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		given.wants(t, "sick", "sqlite")
		f := newFigures("sick", "sqlite")
		g := onFiles(t)
		s := newShop(t, g, shopProgram(t), 1)
		f.nurse(t, s, func() (heal func()) { return g.lock(t, "shipping") })
	})
	t.Run("mysql", func(t *testing.T) {
		given.wants(t, "sick", "mysql")
		f := newFigures("sick", "mysql")
		server := newServer(t)
		g := onServer(t, server, "sick", 1)
		net := lay(t, server.DSN(), 1)
		s := newShop(t, g, shopProgram(t), 2, "BANYAN_DB_SHIPPING="+net.by(0, g.direct))
		f.nurse(t, s, func() (heal func()) {
			net.ways[0].block()
			return func() { net.ways[0].open("") }
		})
	})
}

// lock takes a file's write lock from whoever writes to it, as a backup that hangs does.
func (g *ground) lock(t *testing.T, module string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(strings.TrimPrefix(g.direct, "sqlite:"), module+".db")+"?_pragma=busy_timeout(10000)")
	require.NoError(t, err)
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	require.NoError(t, err)
	return func() {
		require.NoError(t, conn.Close()) // which rolls back
		require.NoError(t, db.Close())
	}
}

// nurse compares the rate of confirmations before and while something is out of order.
func (f *figures) nurse(t *testing.T, s *shop, sicken func() (heal func())) {
	t.Helper()
	p := &regulars{shop: s}
	pieces := map[string]int64{"TEA": 10_000_000}
	s.server(0).Offer(t, pieces)
	length := max(6*time.Second, given.duration/10)
	stop := p.open(t)
	p.confirmed.Store(0)
	wait(t, length/2)
	before := float64(p.confirmed.Swap(0)) / (length / 2).Seconds()
	heal := sicken()
	p.slowest.Store(0)
	begin := time.Now()
	for time.Since(begin) < length {
		so := p.confirmed.Load()
		wait(t, length/6)
		require.Greater(t, p.confirmed.Load(), so, "no order is confirmed")
	}
	during := float64(p.confirmed.Load()) / time.Since(begin).Seconds()
	require.NotZero(t, sum(t, s.dbs["order"], underWay["pending"]), "shipping hears nothing")
	heal()
	s.provider.Reliable.Store(true)
	healed := time.Now()
	stop()
	slowest := time.Duration(p.slowest.Load()) // now the orders that were under way are among them
	s.awaitDrained(t)
	caughtUp := time.Since(healed)
	b := s.server(0).RequireSound(t, pieces)
	for _, id := range p.cancelled {
		require.Equal(t, "cancelled", b.Orders[id].Status, "nothing had been packed")
	}
	require.NotEmpty(t, p.cancelled)
	require.Empty(t, p.wrong)
	f.length, f.drain = length, caughtUp
	f.counts[orders] = int64(len(b.Orders))
	f.heard(s.requireHeardOnce(t))
	t.Logf("confirmed/s: %.0f before, %.0f while shipping was out for %s; slowest confirmation meanwhile %s; %d orders, %d cancelled meanwhile; shipping caught up %s afterwards",
		before, during, length, slowest, len(b.Orders), len(p.cancelled), caughtUp.Round(time.Millisecond))
	require.Greater(t, during, before*0.7, "others shall not notice")
	require.Less(t, caughtUp, shopDrain+length/2)
}

func wait(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// regulars are customers who wait for each order to be confirmed; some of them change their minds then.
type regulars struct {
	shop      *shop
	confirmed atomic.Int64
	slowest   atomic.Int64

	mu        sync.Mutex
	cancelled []string
	wrong     []string
}

func (p *regulars) open(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for n := range 4 {
		running.Go(func() {
			r := rand.New(rand.NewPCG(uint64(n), 3))
			for ctx.Err() == nil {
				if err := p.buy(t.Context(), r, p.shop.server(n)); err != nil {
					p.mu.Lock()
					p.wrong = append(p.wrong, err.Error())
					p.mu.Unlock()
					return
				}
			}
		})
	}
	return func() {
		cancel()
		running.Wait()
	}
}

func (p *regulars) buy(ctx context.Context, r *rand.Rand, s *shoptest.Server) error {
	begin := time.Now()
	a, err := s.Post(ctx, shoptest.Buy("TEA", 1).Waiting(20))
	if err != nil {
		return err
	}
	if a.Status != http.StatusCreated || a.Read("status") != "confirmed" {
		return fmt.Errorf("an order is answered %d: %s", a.Status, a.Body)
	}
	p.confirmed.Add(1)
	for took := int64(time.Since(begin)); ; {
		slowest := p.slowest.Load()
		if took <= slowest || p.slowest.CompareAndSwap(slowest, took) {
			break
		}
	}
	if r.IntN(20) > 0 {
		return nil
	}
	a, err = s.Send(ctx, http.MethodPost, "/v1/orders/"+a.OrderID()+"/cancel", `{"reason":"changed my mind"}`, "Authorization", "Bearer "+a.Read("access_token"))
	if err != nil || a.Status != http.StatusOK {
		return fmt.Errorf("a cancellation is answered %d: %s, %w", a.Status, a.Body, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cancelled = append(p.cancelled, a.Read("id"))
	return nil
}
