package remote_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/remote"
	"github.com/banyan-commerce/banyan/platform/remote/remotetest"
)

// A library stands for a module: Lend may be repeated, Sell may not, Look reads.
type wish struct {
	Title string
	Words []string
}

type loan struct {
	Title string
	Days  int
	Notes []string
}

type missing struct {
	Title string `json:"title"`
	Left  int    `json:"left"`
}

var errLent = fault.New(fault.Conflict, "book_lent", "All copies are lent.")

func contract() remote.Contract { return remote.Contract{Module: "library", Version: 2} }

func lend() remote.Method[wish, loan] {
	return remote.Method[wish, loan]{Name: "Lend", Idempotent: true}
}

// look reads, and may be compared.
func look() remote.Method[wish, loan] {
	return remote.Method[wish, loan]{Name: "Look", Idempotent: true, Safe: true, Key: title}
}

func title(w wish) string { return w.Title }

func sell() remote.Method[wish, loan] { return remote.Method[wish, loan]{Name: "Sell"} }

const (
	secret  = "a secret of thirty-two characters"
	request = "01-of-this-request"
	parent  = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
)

// library is a process that serves it, and one that calls it, with a wire between them.
type library struct {
	wire   remotetest.Wire
	server *remote.Server
	log    *lockedLog // of the process that serves
	near   *lockedLog
	served *prometheus.Registry
	asked  *prometheus.Registry
	lend   remote.Call[wish, loan]
	sell   remote.Call[wish, loan]
}

type setting struct {
	limits    remote.Limits
	addresses []string
	believes  string // the server's secret
	bears     string // the caller's
	network   bool   // requests go to the addresses, not to the server in memory
	now       func() time.Time
}

type lockedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func meter(t *testing.T) (*boundary.Meter, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	m, err := boundary.NewMeter(time.Now, slog.New(slog.DiscardHandler), registry)
	require.NoError(t, err)
	return m, registry
}

func serves(m *boundary.Meter, f func(context.Context, wish) (loan, error)) []remote.Served {
	to := m.Callee("library")
	near := func(method string) func(context.Context, wish) (loan, error) {
		return func(ctx context.Context, w wish) (loan, error) {
			return boundary.Call(ctx, to, method, func(ctx context.Context) (loan, error) { return f(ctx, w) })
		}
	}
	return []remote.Served{remote.Serve(contract(), remote.Handle(lend(), near("Lend")), remote.Handle(sell(), near("Sell")), remote.Handle(look(), near("Look")))}
}

// open makes a library whose calls all go to f.
func open(t *testing.T, with setting, f func(context.Context, wish) (loan, error)) *library {
	t.Helper()
	s := &library{log: &lockedLog{}, near: &lockedLog{}}
	if with.now == nil {
		with.now = time.Now
	}
	if with.addresses == nil {
		with.addresses = []string{"http://127.0.0.1:1"}
	}
	var callees, callers *boundary.Meter
	callees, s.served = meter(t)
	callers, s.asked = meter(t)
	s.server = remote.NewServer(remote.ServerOptions{
		Contracts: serves(callees, f), Secret: with.believes, Log: slog.New(slog.NewTextHandler(s.log, nil)), Now: time.Now,
	})
	peers := remote.NewPeers(remote.PeerOptions{
		Addresses: map[string][]*url.URL{"library": parsed(t, with.addresses)}, Secret: with.bears,
		Meter: callers, Log: slog.New(slog.NewTextHandler(s.near, nil)), Now: with.now, Limits: with.limits,
		Wrap: func(network http.RoundTripper) http.RoundTripper {
			if with.network {
				return s.wire.Wrap(network)
			}
			return s.wire.Wrap(remotetest.Memory(s.server))
		},
	})
	t.Cleanup(peers.Close)
	peer, err := peers.Find(contract())
	require.NoError(t, err)
	s.lend, s.sell = remote.Bind(peer, lend()), remote.Bind(peer, sell())
	return s
}

func parsed(t *testing.T, addresses []string) []*url.URL {
	t.Helper()
	var list []*url.URL
	for _, a := range addresses {
		at, err := url.Parse(a)
		require.NoError(t, err)
		list = append(list, at)
	}
	return list
}

// always answers each call alike.
func always(err error) func(context.Context, wish) (loan, error) {
	return func(_ context.Context, w wish) (loan, error) { return loan{Title: w.Title, Days: 14}, err }
}

// counted counts what reaches the callee.
type counted struct {
	mu sync.Mutex
	n  int
}

func (c *counted) of(f func(context.Context, wish) (loan, error)) func(context.Context, wish) (loan, error) {
	return func(ctx context.Context, w wish) (loan, error) {
		c.mu.Lock()
		c.n++
		c.mu.Unlock()
		return f(ctx, w)
	}
}

func (c *counted) calls() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}
