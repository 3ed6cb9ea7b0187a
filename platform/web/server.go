package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

func (s *Server) newHTTP() *http.Server {
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      s.options.Timeout + 30*time.Second, // begins with the request's headers
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.options.Log.Handler(), slog.LevelWarn),
	}
}

// Start listens on address and serves until Stop. It returns the address that it listens on, which
// differs where the port was 0. It returns an error, and serves nothing, when the operations differ from
// Options.Owners.
func (s *Server) Start(ctx context.Context, address string) (net.Addr, error) {
	if s.strays != nil {
		return nil, fmt.Errorf("serve operations: %w", s.strays)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	s.serving.Go(func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- fmt.Errorf("serve: %w", err)
		}
	})
	return listener.Addr(), nil
}

// Failed receives the error of a server that ended without Stop.
func (s *Server) Failed() <-chan error { return s.failed }

// Drain begins to stop: /readyz says so, and requests that wait (Prefer: wait) are released.
func (s *Server) Drain() { s.stop.Do(func() { close(s.draining) }) }

// Stop accepts no more connections and waits for the requests under way; those that last longer than
// ctx are cut. It returns the error of ctx if there were any.
func (s *Server) Stop(ctx context.Context) error {
	s.Drain()
	defer s.serving.Wait()
	if err := s.http.Shutdown(ctx); err != nil {
		return fmt.Errorf("drain: %w", errors.Join(err, s.http.Close()))
	}
	return nil
}

func (s *Server) isDraining() bool {
	select {
	case <-s.draining:
		return true
	default:
		return false
	}
}
