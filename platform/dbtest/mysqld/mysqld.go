// Package mysqld starts private, throw-away MariaDB or MySQL servers for tests and benchmarks.
//
// A server has a folder, a socket, a free port of 127.0.0.1 and an account of its own, reads no
// configuration file of the machine, and is gone with its folder after Stop. On Linux the kernel
// also ends it when the process that started it dies in whatever way.
package mysqld

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

var (
	// ErrNotFound says that this machine has no server binary.
	ErrNotFound = errors.New("neither mariadbd nor mysqld is installed")
	// ErrDied says that a server ended without having been asked to.
	ErrDied = errors.New("database server ended by itself")
)

// Options choose between a quick server and an honest one.
type Options struct {
	// Durable makes every commit reach the disk of the temporary folder before it is answered, as in
	// production, and gives the server memory for a benchmark. Without it a commit survives a crash
	// of the program under test, though not one of the machine.
	Durable bool
}

// Server is a running server. Its methods may be called from any goroutine, Restart excepted.
type Server struct {
	build   build
	options Options
	folder  folder
	account account
	version string
	process *process
}

// Start brings up a server of the installed binary and returns when it answers queries. ctx bounds
// the start alone; the server then runs until Stop. Errors: ErrNotFound, ErrDied with the end of the
// server's log, or what the file system says.
func Start(ctx context.Context, options Options) (*Server, error) {
	binary, err := Find()
	if err != nil {
		return nil, err
	}
	folder, err := newFolder(baseFolder(options.Durable))
	if err != nil {
		return nil, fmt.Errorf("start database server: %w", err)
	}
	server, err := startIn(ctx, folder, binary, options)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", binary, err), folder.remove())
	}
	return server, nil
}

// DSN is the server's address as mysql://user:password@127.0.0.1:port/, with all privileges.
func (s *Server) DSN() string { return s.account.dsn() }

// Version is a name for people, such as MariaDB 10.11.6.
func (s *Server) Version() string { return s.version }

// PID is the server's process.
func (s *Server) PID() int { return s.process.pid }

// Done is closed when the server has ended, asked or not.
func (s *Server) Done() <-chan struct{} { return s.process.done }

// Stop ends the server by its process ID and removes its folder. Nobody reads the data again, so the
// server is killed and not asked to write its pages.
func (s *Server) Stop() error {
	killed := s.process.kill()
	return errors.Join(killed, s.folder.remove())
}

func startIn(ctx context.Context, folder folder, binary string, options Options) (*Server, error) {
	build, err := inspect(ctx, binary)
	if err != nil {
		return nil, err
	}
	if err := build.initialise(ctx, folder); err != nil {
		return nil, err
	}
	account := newAccount()
	if err := os.WriteFile(folder.join("init.sql"), []byte(account.statements()), 0o600); err != nil {
		return nil, err
	}
	return build.serve(ctx, folder, account, options)
}

// serve tries a few ports: between finding a free one and the server's bind somebody may take it.
func (b build) serve(ctx context.Context, folder folder, account account, options Options) (*Server, error) {
	var last error
	for range 3 {
		port, err := freePort(ctx)
		if err != nil {
			return nil, err
		}
		account.port = port
		process, err := launch(b.binary, b.arguments(folder, port, options), folder.join("log"))
		if err != nil {
			return nil, err
		}
		version, err := awaitAnswer(ctx, account.dsn(), process.done)
		if err == nil {
			return &Server{build: b, options: options, folder: folder, account: account, version: version, process: process}, nil
		}
		last = errors.Join(err, process.kill(), errors.New(logTail(folder.join("log"))))
		if ctx.Err() != nil || !strings.Contains(last.Error(), "ddress already in use") {
			return nil, last
		}
	}
	return nil, last
}
