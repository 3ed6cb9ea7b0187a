package acceptance_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
)

const (
	serverSecret  = "acceptance-secret-0123456789-abcdefghij"
	operatorToken = "acceptance-operator-token"
	patience      = 30 * time.Second // for what should take a second, on a machine that does other things too
	soon          = 10 * time.Millisecond
)

// server is a running banyan and how to ask it. The test that started it ends it.
type server struct {
	url    string
	client *http.Client
	said   *journal // its stdout, where the embedded default prints the operator's token
	log    *journal // its stderr

	database string
	settings []string
	process  *exec.Cmd
	ended    chan struct{}
}

// open starts a shop on an empty, migrated store of the engine.
func open(t *testing.T, e dbtest.Engine, settings ...string) *server {
	t.Helper()
	return start(t, e.MigratedURL(t, modules()...), append([]string{"BANYAN_MIGRATE=off"}, settings...)...)
}

func modules() []string { return []string{"catalog", "order", "payment", "shipping"} }

// start starts a shop on a store.
func start(t *testing.T, database string, settings ...string) *server {
	t.Helper()
	s := prepare(t, database, settings...)
	s.launch(t)
	s.awaitGreeting(t)
	return s
}

// prepare makes a server that does not run yet.
func prepare(t *testing.T, database string, settings ...string) *server {
	t.Helper()
	s := &server{
		database: database, settings: settings, said: &journal{}, log: &journal{},
		client: &http.Client{Timeout: 45 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 128}},
	}
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		if s.process != nil {
			s.kill(t)
		}
		if t.Failed() {
			t.Logf("log of the server:\n%s", s.log.tail())
		}
	})
	return s
}

func (s *server) launch(t *testing.T) {
	t.Helper()
	s.process = command(t, s.database, append(s.settings, "BANYAN_ADDR=127.0.0.1:0"), "serve")
	s.process.Stdout, s.process.Stderr = s.said, s.log
	s.said.begin()
	require.NoError(t, s.process.Start())
	process, ended := s.process, make(chan struct{})
	s.ended = ended
	go func() {
		_ = process.Wait() // how it ended is read from its state
		close(ended)
	}()
}

// awaitGreeting waits until the server has said where it listens.
func (s *server) awaitGreeting(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		s.url = s.said.find(`listens on (http://\S+)`)
		return s.url != "" || s.hasEnded()
	}, time.Minute, soon, s.log)
	require.False(t, s.hasEnded(), "the server ended before it served:\n%s", s.log)
}

func (s *server) hasEnded() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// command is the program with settings of these tests, not of whoever runs them.
func command(t *testing.T, database string, settings []string, arguments ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	require.NoError(t, err)
	c := exec.CommandContext(t.Context(), path, arguments...)
	c.Dir = t.TempDir()
	c.Env = append([]string{
		"BANYAN_DB=" + database, "BANYAN_DEMO=off", "BANYAN_SECRET=" + serverSecret, "BANYAN_OPERATOR_TOKEN=" + operatorToken,
	}, settings...)
	c.SysProcAttr = ownGroup()
	return c
}

// run runs a command that ends by itself.
func run(t *testing.T, database string, settings []string, arguments ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	c := command(t, database, settings, arguments...)
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); c.ProcessState == nil {
		require.NoError(t, err)
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

// kill ends the server as a crash does.
func (s *server) kill(t *testing.T) {
	t.Helper()
	_ = s.process.Process.Kill() // it may have ended already
	s.awaitEnd(t)
}

// stop asks the server to end, and answers its exit status.
func (s *server) stop(t *testing.T) int {
	t.Helper()
	require.NoError(t, s.process.Process.Signal(syscall.SIGTERM))
	s.awaitEnd(t)
	return s.process.ProcessState.ExitCode()
}

func (s *server) awaitEnd(t *testing.T) {
	t.Helper()
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		t.Fatalf("the server does not end:\n%s", s.log.tail())
	}
}

// restart starts the server again on the same store, at another port.
func (s *server) restart(t *testing.T) {
	t.Helper()
	s.client.CloseIdleConnections()
	s.launch(t)
	s.awaitGreeting(t)
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
