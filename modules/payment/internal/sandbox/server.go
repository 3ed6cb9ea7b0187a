package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is a sandbox on a port of this machine's loopback.
type Server struct {
	listener net.Listener
	http     *http.Server
	log      *slog.Logger
	serving  sync.WaitGroup
}

// Listen takes a free port; Start answers on it.
func Listen(ctx context.Context, s *Sandbox, log *slog.Logger) (*Server, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the sandbox: %w", err)
	}
	return &Server{
		listener: listener, log: log,
		http: &http.Server{Handler: s, ReadHeaderTimeout: patience, ReadTimeout: patience, IdleTimeout: 2 * time.Minute},
	}, nil
}

// URL is where a Client finds it.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Start serves until Stop.
func (s *Server) Start() {
	s.serving.Go(func() {
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("sandbox ended", slog.Any("error", err))
		}
	})
}

// Stop answers what has come in and ends.
func (s *Server) Stop(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	s.serving.Wait()
	return err
}
