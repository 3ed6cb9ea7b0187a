package route_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/route"
	"github.com/banyan-commerce/banyan/platform/route/board"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/web"
)

const (
	module        = "desk" // whose requests are routed
	operatorToken = "operator-token-of-tests"
)

func owners() map[string]string {
	return map[string]string{
		"GET /v1/papers/{id}": module, "POST /v1/papers": module, "PUT /v1/papers/{id}": module,
		"POST /v1/uploads": module, "GET /v1/patience": module, "GET /v1/own": "clerk",
	}
}

// process is one that serves the module's operations, real HTTP included.
type process struct {
	*httptest.Server

	name    string
	table   *route.Table
	book    *route.Book
	log     *journal
	metrics *prometheus.Registry

	mu      sync.Mutex
	made    []string // keys of papers, as often as one was made
	heard   http.Header
	answer  atomic.Pointer[string]     // of GET /v1/papers/{id}, in place of its own
	trouble atomic.Pointer[fault.Kind] // what each operation answers
	reads   atomic.Int64
	chunks  chan int      // bytes as an upload brings them
	waits   chan struct{} // one for each request that began to wait
	gone    chan struct{} // one for each whose client went away
	slow    chan struct{} // while not nil, reading waits for it
}

type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) count(text string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.text.String(), text)
}

// other is a process that routes nothing.
func other(t *testing.T, name string) *process {
	t.Helper()
	p := newProcess(name)
	p.serve(t, web.Options{Routes: []web.Routes{p.routes}})
	return p
}

func newProcess(name string) *process {
	return &process{
		name: name, log: &journal{}, metrics: prometheus.NewRegistry(),
		chunks: make(chan int, 100), waits: make(chan struct{}, 100), gone: make(chan struct{}, 100),
	}
}

func (p *process) serve(t *testing.T, o web.Options) {
	t.Helper()
	o.Keys, o.Owners = access.NewKeys(operatorToken, []byte("0123456789abcdef0123456789abcdef")), owners()
	p.Server = httptest.NewServer(web.New(o))
	t.Cleanup(p.Close)
}

// trunk is a process that customers reach. It routes the module, which it hosts, too, or which is elsewhere.
func trunk(t *testing.T, hosts bool, change func(*route.Options), peers ...string) *process {
	t.Helper()
	return trunkOn(t, dbtest.Only(t, sqldb.SQLite).DB(t, module), hosts, change, peers...)
}

func trunkOn(t *testing.T, db *sqldb.DB, hosts bool, change func(*route.Options), peers ...string) *process {
	t.Helper()
	p := newProcess("trunk")
	o := route.Options{
		Modules: []string{module}, Settings: route.Settings{Peers: map[string][]string{module: peers}},
		Now: time.Now, Log: slog.New(slog.NewTextHandler(p.log, nil)), Metrics: p.metrics,
	}
	schemas := []*sqldb.DB{}
	if hosts {
		o.Hosted, schemas = []string{module}, []*sqldb.DB{db}
	}
	if change != nil {
		change(&o)
	}
	p.book = route.NewBook(func() []*sqldb.DB { return schemas }, o.Settings, o.Now)
	o.Book = p.book
	var err error
	p.table, err = route.NewTable(o)
	require.NoError(t, err)
	require.NoError(t, p.table.Start(t.Context()))
	t.Cleanup(p.table.Stop)
	p.serve(t, web.Options{
		Route: p.table.Pass, Log: o.Log, Metrics: p.metrics,
		Routes: []web.Routes{p.routes, board.Routes(p.book, p.table, o.Modules)},
	})
	return p
}

// unguarded never concludes anything: how fast a test runs is no matter of its own.
func unguarded(o *route.Options) {
	o.Guard = route.DefaultGuard()
	o.Guard.Least = 1 << 30
}

// change changes the module's rule as the operator.
func (p *process) change(t *testing.T, body string) {
	t.Helper()
	a := p.ask(t, "PATCH", "/v1/system/routes/"+module, body, "Authorization", "Bearer "+operatorToken)
	require.Equal(t, 200, a.StatusCode, a.body)
}

func (p *process) report(t *testing.T) route.Report {
	t.Helper()
	r, err := p.table.Report(module)
	require.NoError(t, err)
	return r
}

// served is how many requests for papers this process has answered.
func (p *process) served() int { return int(p.reads.Load()) }

func (p *process) papers() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.made...)
}

func (p *process) lastHeard() http.Header {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.heard
}

func (p *process) fail(kind fault.Kind) { p.trouble.Store(&kind) }
func (p *process) says(text string)     { p.answer.Store(&text) }

func (p *process) sick() error {
	if kind := p.trouble.Load(); kind != nil && *kind != "" {
		return fault.New(*kind, "sick", "This process is sick.")
	}
	return nil
}

type paper struct {
	By   string `header:"X-By"`
	Body json.RawMessage
}

func (p *process) paper(text string) *paper { return &paper{p.name, json.RawMessage(text)} }

func (p *process) routes(api huma.API) {
	web.Register(api, huma.Operation{OperationID: "get-paper", Method: http.MethodGet, Path: "/v1/papers/{id}"},
		func(_ context.Context, in *struct {
			ID string `path:"id"`
		},
		) (*paper, error) {
			p.reads.Add(1)
			if p.slow != nil {
				<-p.slow
			}
			if text := p.answer.Load(); text != nil {
				return p.paper(*text), p.sick()
			}
			return p.paper(fmt.Sprintf(`{"id":%q}`, in.ID)), p.sick()
		})
	web.Register(api, huma.Operation{OperationID: "put-paper", Method: http.MethodPut, Path: "/v1/papers/{id}"},
		func(_ context.Context, in *struct {
			ID string `path:"id"`
		},
		) (*paper, error) {
			p.reads.Add(1)
			return p.paper(fmt.Sprintf(`{"id":%q}`, in.ID)), p.sick()
		})
	web.Register(api, huma.Operation{OperationID: "make-paper", Method: http.MethodPost, Path: "/v1/papers", DefaultStatus: 201}, p.make)
	web.Register(api, huma.Operation{OperationID: "own", Method: http.MethodGet, Path: "/v1/own"},
		func(context.Context, *struct{}) (*paper, error) { return p.paper(`{}`), nil })
	p.patience(api)
	p.uploads(api)
}

type making struct {
	Key  string `header:"Idempotency-Key"`
	Sent heard
	Body struct {
		Title string `json:"title" minLength:"1"`
	}
}

// heard are the headers of a request.
type heard struct{ header http.Header }

func (h *heard) Resolve(c huma.Context) []error {
	h.header = http.Header{}
	c.EachHeader(func(name, value string) { h.header.Add(name, value) })
	return nil
}

func (p *process) make(_ context.Context, in *making) (*paper, error) {
	if err := p.sick(); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made = append(p.made, in.Key)
	p.heard = in.Sent.header
	return p.paper(fmt.Sprintf(`{"title":%q}`, in.Body.Title)), nil
}

func (p *process) patience(api huma.API) {
	web.Register(api, huma.Operation{OperationID: "patience", Method: http.MethodGet, Path: "/v1/patience"},
		func(ctx context.Context, _ *struct{}) (*paper, error) {
			p.waits <- struct{}{}
			<-ctx.Done()
			p.gone <- struct{}{}
			return nil, ctx.Err()
		})
}

// upload reads its body as it comes.
type upload struct{ body io.Reader }

func (u *upload) Resolve(c huma.Context) []error {
	u.body = c.BodyReader()
	return nil
}

func (p *process) uploads(api huma.API) {
	web.Register(api, huma.Operation{
		OperationID: "upload", Method: http.MethodPost, Path: "/v1/uploads", BodyReadTimeout: -1,
		RequestBody: &huma.RequestBody{Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeObject}}}},
	}, func(_ context.Context, in *upload) (*paper, error) {
		total, b := 0, make([]byte, 1<<16)
		for {
			n, err := in.body.Read(b)
			if total += n; n > 0 {
				p.chunks <- n
			}
			if errors.Is(err, io.EOF) {
				return p.paper(fmt.Sprintf(`{"bytes":%d}`, total)), nil
			}
			if err != nil {
				return nil, err
			}
		}
	})
}

// reply is an answer, read.
type reply struct {
	*http.Response

	body    string
	problem web.Problem
}

func (r reply) by() string { return r.Header.Get("X-By") }

func (p *process) ask(t *testing.T, method, path, body string, header ...string) reply {
	t.Helper()
	a, err := p.try(t.Context(), method, path, body, header...)
	require.NoError(t, err)
	return a
}

func (p *process) try(ctx context.Context, method, path, body string, header ...string) (reply, error) {
	var sent io.Reader = http.NoBody
	if body != "" {
		sent = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, p.URL+path, sent)
	if err != nil {
		return reply{}, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	response, err := p.Client().Do(r)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	a := reply{Response: response, body: string(text)}
	_ = json.Unmarshal(text, &a.problem)
	return a, err
}

// nobody is an address at which nothing listens.
func nobody(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	return s.URL
}

// cutting is a process that takes requests and cuts the connection instead of answering.
func cutting(t *testing.T) (url string, taken *atomic.Int64) {
	t.Helper()
	taken = &atomic.Int64{}
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		taken.Add(1)
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(s.Close)
	return s.URL, taken
}
