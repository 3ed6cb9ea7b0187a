package shoptest

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/broker/natsd"
)

// apartVariable names the modules that a shop of these tests hosts in processes of their own, with commas
// between them. The tests are the same: whoever asks the shop sees no difference. programVariable says which
// program runs some of them, instead of the one that is tested: payment=/path/to/banyan.
const (
	apartVariable   = "BANYAN_TEST_APART"
	programVariable = "BANYAN_TEST_APART_PROGRAM"
)

// Apart says which modules a shop hosts in processes of their own.
type Apart struct {
	Modules  []string
	Programs map[string]string // by module; the tested program where there is none
}

func apartByEnvironment() Apart {
	comma := func(r rune) bool { return r == ',' }
	a := Apart{Modules: strings.FieldsFunc(os.Getenv(apartVariable), comma), Programs: map[string]string{}}
	for _, entry := range strings.FieldsFunc(os.Getenv(programVariable), comma) {
		module, path, _ := strings.Cut(entry, "=")
		a.Programs[module] = path
	}
	return a
}

const peerSecret = "a secret between processes of the tests"

// apart is what a shop has besides its first process: one for each module that is hosted elsewhere, and the
// broker by which they hear each other.
type apart struct {
	broker    *natsd.Server
	modules   []*branch
	settings  []string // of all processes
	trunkOnly []string
}

// branch is the process of one module.
type branch struct {
	module      string
	program     string // its path; empty: the tested one
	http, calls string // HOST:PORT
	process     *exec.Cmd
	ended       chan struct{}
}

// newApart is nil where the whole shop is one process.
func newApart(t *testing.T, as Apart) *apart {
	t.Helper()
	names := as.Modules
	if len(names) == 0 {
		return nil
	}
	for name := range as.Programs {
		require.Contains(t, names, name, "a program for a module that is not apart")
	}
	broker, err := natsd.Start(natsd.Options{Addr: "127.0.0.1:0", Store: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(broker.Stop)
	a := &apart{broker: broker}
	var routes, peers []string
	for _, name := range names {
		b := &branch{module: name, program: as.Programs[name], http: freeAddress(t), calls: freeAddress(t)}
		a.modules = append(a.modules, b)
		routes = append(routes, name+"=http://"+b.http)
		peers = append(peers, name+"=http://"+b.calls)
	}
	here := slices.DeleteFunc(Modules(), func(name string) bool { return slices.Contains(names, name) })
	require.NotEmpty(t, here, "no module is left for the process that customers reach")
	calls := freeAddress(t)
	for _, name := range here {
		peers = append(peers, name+"=http://"+calls)
	}
	a.settings = []string{
		"BANYAN_BROKER=" + broker.URL(), "BANYAN_BROKER_KEEP=0s",
		"BANYAN_PEER_SECRET=" + peerSecret, "BANYAN_PEERS=" + strings.Join(peers, ";"),
	}
	a.trunkOnly = []string{"BANYAN_MODULES=" + strings.Join(here, ","), "BANYAN_ROUTES=" + strings.Join(routes, ";"), "BANYAN_PEER_ADDR=" + calls}
	return a
}

// freeAddress is one that was free a moment ago: processes are told of each other before they run.
func freeAddress(t *testing.T) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
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
	for _, b := range a.modules {
		own := []string{"BANYAN_MODULES=" + b.module, "BANYAN_ADDR=" + b.http, "BANYAN_PEER_ADDR=" + b.calls}
		b.process = command(ctx, t, s.Database, slices.Concat(s.settings, a.settings, own), "serve")
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
	for _, b := range a.modules {
		s := At("http://" + b.http)
		require.Eventually(t, func() bool {
			answer, err := s.Send(t.Context(), http.MethodGet, "/readyz", "")
			return err == nil && answer.Status == http.StatusOK
		}, time.Minute, Soon, "%s does not serve", b.module)
		s.client.CloseIdleConnections()
	}
}

// servers are how to ask each of them.
func (a *apart) servers() []*Server {
	if a == nil {
		return nil
	}
	all := make([]*Server, len(a.modules))
	for i, b := range a.modules {
		all[i] = At("http://" + b.http)
	}
	return all
}

// end signals all of them, and waits.
func (a *apart) end(with os.Signal) {
	if a == nil {
		return
	}
	for _, b := range a.modules {
		if b.process != nil {
			_ = b.process.Process.Signal(with) // it may have ended already
		}
	}
	for _, b := range a.modules {
		if b.process != nil {
			<-b.ended
		}
	}
}

func (a *apart) kill() { a.end(syscall.SIGKILL) }
func (a *apart) stop() { a.end(syscall.SIGTERM) }
