package shoptest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/broker/natsd"
)

const peerSecret = "a secret between processes of the tests"

// apart is what a shop has besides its first process: others, and the broker by which they hear each other.
type apart struct {
	Apart

	branches  []*branch
	settings  []string // of all processes
	trunkOnly []string
}

// branch is another process.
type branch struct {
	modules     []string // that it hosts
	http, calls string   // HOST:PORT
	settings    []string
	program     string // its path; empty: the tested one
	process     *exec.Cmd
	ended       chan struct{}
}

// newApart is nil where the whole shop is one process.
func newApart(t *testing.T, as Apart, database string) *apart {
	t.Helper()
	if len(as.Modules) == 0 {
		return nil
	}
	for name := range as.Programs {
		require.Contains(t, as.Modules, name, "a program for a module that is not apart")
	}
	a := &apart{Apart: as}
	a.settings = []string{"BANYAN_BROKER=" + brokerOf(t, database), "BANYAN_BROKER_KEEP=0s", "BANYAN_PEER_SECRET=" + peerSecret}
	for _, modules := range as.processes() {
		b := &branch{modules: modules, program: as.Programs[modules[0]], http: freeAddress(t), calls: freeAddress(t)}
		b.settings = []string{"BANYAN_MODULES=" + strings.Join(modules, ","), "BANYAN_ADDR=" + b.http, "BANYAN_PEER_ADDR=" + b.calls}
		a.branches = append(a.branches, b)
	}
	a.introduce(t)
	return a
}

// brokers are the addresses of those that run, by the database of their shop.
var brokers sync.Map //nolint:gochecknoglobals // a test may start its shop again, and has no other thread to tie to

// brokerOf is one for all shops of a test on one database: what was confirmed to it is nowhere else, and a shop that
// is started again takes it from there.
func brokerOf(t *testing.T, database string) string {
	t.Helper()
	if at, ok := brokers.Load(database); ok {
		return at.(string) //nolint:forcetypeassert // nothing else is kept there
	}
	broker, err := natsd.Start(natsd.Options{Addr: "127.0.0.1:0", Store: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	brokers.Store(database, broker.URL())
	t.Cleanup(func() {
		brokers.Delete(database)
		broker.Stop()
	})
	return broker.URL()
}

// introduce tells the processes of each other.
func (a *apart) introduce(t *testing.T) {
	t.Helper()
	calls, here := freeAddress(t), a.trunkAlone()
	require.NotEmpty(t, here, "%s leaves no module for the process that customers reach", apartVariable)
	var routes, away, own []string
	for _, b := range a.branches {
		for _, name := range b.modules {
			routes = append(routes, name+"=http://"+b.http)
			away = append(away, name+"=http://"+b.calls)
		}
	}
	for _, name := range here {
		own = append(own, name+"=http://"+calls)
	}
	a.trunkOnly = []string{"BANYAN_ROUTES=" + strings.Join(routes, ";"), "BANYAN_PEERS=" + strings.Join(away, ";"), "BANYAN_PEER_ADDR=" + calls}
	for _, b := range a.branches {
		others := slices.DeleteFunc(slices.Clone(away), func(peer string) bool { return strings.HasSuffix(peer, b.calls) })
		b.settings = append(b.settings, "BANYAN_PEERS="+strings.Join(append(others, own...), ";"))
	}
	if a.Share == 0 {
		a.trunkOnly = append(a.trunkOnly, "BANYAN_MODULES="+strings.Join(here, ","))
	} else {
		a.trunkOnly = append(a.trunkOnly, "BANYAN_UNGUARDED="+strings.Join(a.Modules, ","))
	}
}

const (
	firstPort = 12_000 // those up to 32,767 are given to nobody who does not name them
	ports     = 20_000
)

// port counts those that this process has named, from a place of its own.
var port atomic.Uint64 //nolint:gochecknoglobals // tests that run side by side must not name the same

// freeAddress is one that was free a moment ago: processes are told of each other before they run. It is none of
// those that the system gives to whoever asks for any, so that it is still free when its process comes.
func freeAddress(t *testing.T) string {
	t.Helper()
	var lc net.ListenConfig
	for range ports {
		at := fmt.Sprintf("127.0.0.1:%d", firstPort+(uint64(os.Getpid())*131+port.Add(1))%ports) //nolint:gosec // no process has a negative number
		if l, err := lc.Listen(t.Context(), "tcp", at); err == nil {
			require.NoError(t, l.Close())
			return at
		}
	}
	require.Fail(t, "no port is free")
	return ""
}

// trunk is what the process that customers reach is told of the others.
func (a *apart) trunk() []string {
	if a == nil {
		return nil
	}
	return slices.Concat(a.settings, a.trunkOnly)
}

// launch starts the processes of the modules that are hosted elsewhere.
func (a *apart) launch(ctx context.Context, t *testing.T, s *Server) {
	t.Helper()
	if a == nil {
		return
	}
	for _, b := range a.branches {
		b.process = command(ctx, t, s.Database, slices.Concat(s.settings, a.settings, b.settings), "serve")
		if b.program != "" {
			b.process.Path = b.program
		}
		b.process.Stdout, b.process.Stderr = s.Log, s.Log
		require.NoError(t, b.process.Start())
		process, ended := b.process, make(chan struct{})
		b.ended = ended
		go func() {
			_ = process.Wait() // nobody asks how it ended
			close(ended)
		}()
	}
}

// awaitReady waits until all of them serve.
func (a *apart) awaitReady(t *testing.T) {
	t.Helper()
	if a == nil {
		return
	}
	for _, b := range a.branches {
		s := At("http://" + b.http)
		require.Eventually(t, func() bool {
			answer, err := s.Send(t.Context(), http.MethodGet, "/readyz", "")
			return err == nil && answer.Status == http.StatusOK
		}, time.Minute, Soon, "the process of %v does not serve", b.modules)
		s.client.CloseIdleConnections()
	}
}

// servers are how to ask each of them.
func (a *apart) servers() []*Server {
	if a == nil {
		return nil
	}
	all := make([]*Server, len(a.branches))
	for i, b := range a.branches {
		all[i] = At("http://" + b.http)
	}
	return all
}

// end signals all of them, and waits.
func (a *apart) end(with os.Signal) {
	if a == nil {
		return
	}
	for _, b := range a.branches {
		if b.process != nil {
			_ = b.process.Process.Signal(with) // it may have ended already
		}
	}
	for _, b := range a.branches {
		if b.process != nil {
			<-b.ended
		}
	}
}

func (a *apart) kill() { a.end(syscall.SIGKILL) }
func (a *apart) stop() { a.end(syscall.SIGTERM) }
