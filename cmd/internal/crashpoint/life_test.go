package crashpoint_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"

	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	operatorToken = "crashpoint-operator-token"
	secret        = "crashpoint-secret-0123456789-abcdefghij"
)

// life is one process of the program, from its start to its end or death. Who dies says nothing more
// to any database and no answer of his reaches the client; that his goroutines go on is seen by nobody.
type life struct {
	fate  *fate
	ended atomic.Bool
	log   journal
	app   *fx.App
	at    assembly.Running
}

func (l *life) dead() bool { return l.ended.Load() }

func (l *life) die() { l.ended.Store(true) }

func (l *life) arrive(module, text string) mode { return l.fate.arrive(l, module, text) }

// born starts the program on a store, with watched options (dbtest.Watched). The life is answered with the
// error, too: it has a log.
func born(ctx context.Context, f *fate, store, provider string, o sqldb.Options) (*life, error) {
	l := &life{fate: f}
	c, err := config.Load(append(dbtest.Settings(store), "BANYAN_DB="+store, "BANYAN_ADDR=127.0.0.1:0", "BANYAN_DEMO=off", "BANYAN_DRAIN=0s"), assembly.ModuleNames())
	if err != nil {
		return l, err
	}
	l.app = fx.New(assembly.Graph(assembly.Setup{
		Config: c, Tokens: config.Tokens{Operator: operatorToken, Secret: secret}, Sandbox: provider,
		Log: slog.New(slog.NewTextHandler(&l.log, &slog.HandlerOptions{Level: slog.LevelWarn})),
		SQL: l.tapped(o),
	}, &l.at))
	if err := l.app.Err(); err != nil {
		return l, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return l, l.app.Start(ctx)
}

// end stops the program, or clears away what is left of it.
func (l *life) end(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := l.app.Stop(ctx)
	if ctx.Err() != nil {
		return fmt.Errorf("the program does not stop: %w", err)
	}
	if l.dead() {
		return nil // its complaints about the databases are nobody's
	}
	return err
}

// answer is what came back of a request; status is 0 if nothing did, because the program died.
type answer struct {
	status int
	body   string
}

// ask sends a request as client or operator. Header holds names and values in turn.
func (l *life) ask(ctx context.Context, method, path, body string, header ...string) answer {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	l.at.Server.ServeHTTP(w, r)
	if l.dead() {
		return answer{}
	}
	return answer{w.Code, w.Body.String()}
}

func (a answer) done() bool { return a.status == http.StatusOK || a.status == http.StatusCreated }

func asOperator() []string { return []string{"Authorization", "Bearer " + operatorToken} }

// journal is a log that is read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
