// Package shoptest starts the real program as a process of its own, on a store of its own, and speaks to it
// over HTTP alone, as customers, operators and partners do. It serves the tests in cmd/banyan/acceptance,
// in cmd/banyan/rehearsal and in chaos.
package shoptest

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/migrations"
	"github.com/banyan-commerce/banyan/platform/dbtest"
)

// ServerSecret and OperatorToken are settings of the servers.
const (
	ServerSecret  = "acceptance-secret-0123456789-abcdefghij"
	OperatorToken = "acceptance-operator-token"
)

// How long to wait for what comes by itself, and how often to look.
const (
	Patience = 30 * time.Second // for what should take a second, on a machine that does other things too
	Soon     = 10 * time.Millisecond

	observeLimit = 5 * time.Second // for /metrics of a server that is about to end
)

// Server is a running banyan and how to ask it. The test that started it ends it.
type Server struct {
	URL    string
	client *http.Client
	said   *journal // its stdout, where the embedded default prints the operator's token
	Log    *journal // its stderr

	Database string
	settings []string
	process  *exec.Cmd
	ended    chan struct{}
	apart    *apart // nil: the shop is one process
}

// Open starts a shop on an empty, migrated store of the engine.
func Open(t *testing.T, e dbtest.Engine, settings ...string) *Server {
	t.Helper()
	return OpenApart(t, e, apartByEnvironment(t), settings...)
}

// OpenApart is Open for a shop of several processes.
func OpenApart(t *testing.T, e dbtest.Engine, as Apart, settings ...string) *Server {
	t.Helper()
	database := e.MigratedURL(t, Modules()...)
	s := prepare(t, as, database, slices.Concat([]string{"BANYAN_MIGRATE=off"}, dbtest.Settings(database), settings)...)
	s.Launch(t)
	s.AwaitGreeting(t)
	return s
}

// Modules are those of the shop.
func Modules() []string { return migrations.Modules() }

// Start starts a shop on a store.
func Start(t *testing.T, database string, settings ...string) *Server {
	t.Helper()
	s := Prepare(t, database, settings...)
	s.Launch(t)
	s.AwaitGreeting(t)
	return s
}

// At is a server that somebody else has started: it can be asked, not ended.
func At(url string) *Server {
	return &Server{
		URL:    url,
		client: &http.Client{Timeout: 45 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 128}},
	}
}

// Environment is the settings of a server on a store.
func Environment(database string) []string {
	return []string{
		"BANYAN_DB=" + database, "BANYAN_DEMO=off", "BANYAN_SECRET=" + ServerSecret, "BANYAN_OPERATOR_TOKEN=" + OperatorToken,
	}
}

// Prepare makes a server that does not run yet.
func Prepare(t *testing.T, database string, settings ...string) *Server {
	t.Helper()
	return prepare(t, apartByEnvironment(t), database, settings...)
}

func prepare(t *testing.T, as Apart, database string, settings ...string) *Server {
	t.Helper()
	as.requireStore(t, database, settings)
	s := At("")
	s.Database, s.settings, s.said, s.Log, s.apart = database, settings, &journal{}, &journal{}, newApart(t, as, database)
	t.Cleanup(func() {
		if s.process != nil {
			s.observe(t)
			s.Kill(t)
		}
		s.client.CloseIdleConnections()
		if t.Failed() {
			t.Logf("log of the server:\n%s", s.Log.tail())
		}
	})
	return s
}

// Launch starts the process.
func (s *Server) Launch(t *testing.T) {
	t.Helper()
	alive := context.WithoutCancel(t.Context()) // it ends when it has been asked what it did, or with this process
	s.apart.launch(alive, t, s)
	s.process = command(alive, t, s.Database, slices.Concat(s.settings, s.apart.trunk(), []string{"BANYAN_ADDR=127.0.0.1:0"}), "serve")
	s.process.Stdout, s.process.Stderr = s.said, s.Log
	s.said.begin()
	require.NoError(t, s.process.Start())
	process, ended := s.process, make(chan struct{})
	s.ended = ended
	go func() {
		_ = process.Wait() // how it ended is read from its state
		close(ended)
	}()
}

// AwaitGreeting waits until the server has said where it listens.
func (s *Server) AwaitGreeting(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		s.URL = s.said.find(`listens on (http://\S+)`)
		return s.URL != "" || s.hasEnded()
	}, time.Minute, Soon, s.Log)
	require.False(t, s.hasEnded(), "the server ended before it served:\n%s", s.Log)
	s.apart.awaitReady(t)
	s.setShares(t)
}

func (s *Server) hasEnded() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// command is the program with settings of these tests, not of whoever runs them.
func command(ctx context.Context, t *testing.T, database string, settings []string, arguments ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	require.NoError(t, err)
	c := exec.CommandContext(ctx, path, arguments...) //nolint:gosec // the program is ours
	c.Dir = t.TempDir()
	c.Env = append(Environment(database), settings...)
	c.SysProcAttr = ownGroup()
	return c
}

// Run runs a command that ends by itself.
func Run(t *testing.T, database string, settings []string, arguments ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	c := command(t.Context(), t, database, settings, arguments...)
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); c.ProcessState == nil {
		require.NoError(t, err)
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

// Kill ends the server as a crash does.
func (s *Server) Kill(t *testing.T) {
	t.Helper()
	s.apart.kill()
	_ = s.process.Process.Kill() // it may have ended already
	s.awaitEnd(t)
}

// Stop asks the server to end, and answers its exit status.
func (s *Server) Stop(t *testing.T) int {
	t.Helper()
	s.observe(t)
	require.NoError(t, s.process.Process.Signal(syscall.SIGTERM))
	s.awaitEnd(t)
	s.apart.stop()
	return s.process.ProcessState.ExitCode()
}

// observe tells the run of tests what the server's modules have done so far. One that has ended, or that its
// test has brought so far that it does not answer, tells nothing.
func (s *Server) observe(t *testing.T) {
	t.Helper()
	if !dbtest.Observing() && s.apart == nil || s.URL == "" || s.hasEnded() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), observeLimit)
	defer cancel()
	for _, each := range append(s.apart.servers(), s) {
		a, err := each.Send(ctx, http.MethodGet, "/metrics", "")
		if err != nil || a.Status != http.StatusOK {
			t.Logf("the server does not tell what its modules did: %d, %v", a.Status, err)
			continue
		}
		if dbtest.Observing() {
			dbtest.Observe(t, a.Body)
		}
		if each == s {
			s.apart.tally(a.Body)
		}
	}
}

func (s *Server) awaitEnd(t *testing.T) {
	t.Helper()
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		t.Fatalf("the server does not end:\n%s", s.Log.tail())
	}
}

// Restart starts the server again on the same store, at another port.
func (s *Server) Restart(t *testing.T) {
	t.Helper()
	s.client.CloseIdleConnections()
	s.Launch(t)
	s.AwaitGreeting(t)
}

// journal is what a process prints while a test reads it, after what those before it on the same store
// have printed.
type journal struct {
	mu      sync.Mutex
	text    bytes.Buffer
	current int // where the present process's begins
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) begin() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.current = j.text.Len()
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// find is the first group of a pattern in what the present process printed; empty if it isn't there.
func (j *journal) find(pattern string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	found := regexp.MustCompile(pattern).FindSubmatch(j.text.Bytes()[j.current:])
	if found == nil {
		return ""
	}
	return string(found[1])
}

// tail is what a failed test shows: warnings and errors, and the last lines.
func (j *journal) tail() string {
	var bad, all []string
	lines := bufio.NewScanner(strings.NewReader(j.String()))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		all = append(all, lines.Text())
		if strings.Contains(lines.Text(), `"level":"WARN"`) || strings.Contains(lines.Text(), `"level":"ERROR"`) {
			bad = append(bad, lines.Text())
		}
	}
	return strings.Join(bad[:min(len(bad), 30)], "\n") + "\n...\n" + strings.Join(all[max(0, len(all)-15):], "\n")
}

var _ io.Writer = (*journal)(nil)

// RunFor runs a command and kills it when so much time has passed; it says whether it ended before, and how.
func RunFor(t *testing.T, limit time.Duration, database string, settings []string, arguments ...string) (ended bool, status int, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	var errs bytes.Buffer
	c := command(ctx, t, database, settings, arguments...)
	c.Stderr = &errs
	if err := c.Run(); c.ProcessState == nil {
		require.ErrorIs(t, err, context.DeadlineExceeded)
		return false, 0, ""
	}
	return c.ProcessState.Exited(), c.ProcessState.ExitCode(), errs.String()
}
