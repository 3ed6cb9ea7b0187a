package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
)

// shop is the whole program, running inside the test.
type shop struct {
	url     string
	greeted string // stdout until the greeting's end
	log     *journal
	stop    context.CancelFunc
	exit    chan int
}

// journal is what the program writes while a test reads it.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// open starts the program on a database and a free port, and waits until it has greeted.
func open(t *testing.T, database string, environ ...string) *shop {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	s := &shop{log: &journal{}, stop: stop, exit: make(chan int, 1)}
	out, in := io.Pipe()
	environ = append([]string{"BANYAN_DB=" + database, "BANYAN_ADDR=127.0.0.1:0", "BANYAN_LOG=debug"}, environ...)
	go func() {
		code := run(ctx, []string{"serve"}, environ, in, s.log)
		_ = in.Close()
		s.exit <- code
		close(s.exit)
	}()
	t.Cleanup(func() {
		s.observe(t)
		stop()
		<-s.exit
	})
	s.readGreeting(t, out)
	return s
}

func (s *shop) readGreeting(t *testing.T, out io.Reader) {
	t.Helper()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		s.greeted += lines.Text() + "\n"
		if found := regexp.MustCompile(`listens on (http://\S+)`).FindStringSubmatch(lines.Text()); found != nil {
			s.url = found[1]
		}
		if strings.HasPrefix(lines.Text(), "curl ") || strings.HasPrefix(lines.Text(), "Orders are") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		}
	}
	t.Fatalf("the shop ended before it greeted:\n%s%s", s.greeted, s.log)
}

// close asks the shop to stop and answers its exit status.
func (s *shop) close(t *testing.T) int {
	t.Helper()
	s.observe(t)
	s.stop()
	select {
	case code := <-s.exit:
		return code
	case <-time.After(60 * time.Second):
		t.Fatalf("the shop does not stop:\n%s", s.log)
		return 0
	}
}

// observe tells the run of tests what the shop's modules have done, unless the shop has ended.
func (s *shop) observe(t *testing.T) {
	t.Helper()
	if !dbtest.Observing() || s.url == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/metrics", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	dbtest.Observe(t, string(text))
}

// tokens are settings that a production database asks for.
func tokens() []string {
	return []string{"BANYAN_SECRET=" + strings.Repeat("s", 32), "BANYAN_OPERATOR_TOKEN=" + operatorToken, "BANYAN_DEMO=off"}
}

const operatorToken = "the-operator-of-these-tests"

// operator is the token that the greeting told; on a production database it tells none.
func (s *shop) operator(t *testing.T) string {
	t.Helper()
	if !strings.Contains(s.greeted, "Operator token") {
		return operatorToken
	}
	found := regexp.MustCompile(`Operator token: (\S+)`).FindStringSubmatch(s.greeted)
	require.NotNil(t, found, s.greeted)
	return found[1]
}

func (s *shop) get(t *testing.T, path string, header ...string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
	require.NoError(t, err)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

// quickly runs a command that ends by itself.
func quickly(t *testing.T, environ []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, environ, &out, &errs)
	return code, out.String(), errs.String()
}
