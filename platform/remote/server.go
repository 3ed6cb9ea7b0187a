package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// ServerOptions say what a Server serves, and whom it believes.
type ServerOptions struct {
	Contracts []Served
	Secret    string      // BANYAN_PEER_SECRET; empty: calls need no token
	TLS       *tls.Config // one that wants certificates of callers; nil: plain HTTP
	Log       *slog.Logger
	Now       func() time.Time
	Budget    int // calls under way; 1,024 if zero
}

// Server serves contracts to other processes of the shop, on a listener of their own: nothing of it is
// reached at the public API's address.
type Server struct {
	guard   *guard
	http    *http.Server
	tls     *tls.Config
	failed  chan error
	serving sync.WaitGroup
}

const (
	defaultBudget = 1024             // as many as requests of clients for one module (web)
	longestCall   = 30 * time.Second // a call that says nothing of its time; as long as a transaction may last
)

// NewServer makes a server that does not listen yet: a test calls ServeHTTP.
func NewServer(o ServerOptions) *Server {
	orDefault(&o.Budget, defaultBudget)
	s := &Server{guard: newGuard(o), tls: o.TLS, failed: make(chan error, 1)}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	s.http = &http.Server{
		Handler:           s,
		TLSConfig:         o.TLS,
		Protocols:         &protocols,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      longestCall + 30*time.Second, // begins with the request's headers
		IdleTimeout:       120 * time.Second,            // longer than callers keep a connection
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
	}
	return s
}

// ServeHTTP serves one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.guard.ServeHTTP(w, r) }

// ErrOpenToAll is returned by Start for an address that others than this machine reach, without a secret
// and without TLS.
var ErrOpenToAll = errors.New("BANYAN_PEER_ADDR is no loopback address: set BANYAN_PEER_SECRET, or BANYAN_PEER_CERT, _KEY and _CA")

// Start listens on address and serves until Stop. It returns the address that it listens on, which differs
// where the port was 0. It returns ErrOpenToAll, or the error of listening.
func (s *Server) Start(ctx context.Context, address string) (net.Addr, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for calls on %s: %w", address, err)
	}
	at := listener.Addr()
	if own, ok := at.(*net.TCPAddr); s.guard.secret == "" && s.tls == nil && (!ok || !own.IP.IsLoopback()) {
		return nil, errors.Join(ErrOpenToAll, listener.Close())
	}
	if s.tls != nil {
		listener = tls.NewListener(listener, protocolsOf(s.tls))
	}
	s.serving.Go(func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- fmt.Errorf("serve calls: %w", err)
		}
	})
	return at, nil
}

// protocolsOf offers HTTP/2 beside HTTP/1.1 to whoever opens a connection.
func protocolsOf(c *tls.Config) *tls.Config {
	c = c.Clone()
	c.NextProtos = []string{"h2", "http/1.1"}
	return c
}

// Failed receives the error of a server that ended without Stop. A process that takes no calls has none (nil),
// and waits for ever.
func (s *Server) Failed() <-chan error {
	if s == nil {
		return nil
	}
	return s.failed
}

// Stop accepts no more calls and waits for those under way; those that last longer than ctx are cut. It
// returns the error of ctx if there were any.
func (s *Server) Stop(ctx context.Context) error {
	defer s.serving.Wait()
	if err := s.http.Shutdown(ctx); err != nil {
		return fmt.Errorf("drain calls: %w", errors.Join(err, s.http.Close()))
	}
	return nil
}
