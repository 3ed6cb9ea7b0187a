// Package web serves HTTP: echo routes, huma declares operations on it, and every answer with an
// error is one Problem, whoever found it.
//
// What always holds: no answer carries the text of an internal error, a submitted value or a stack;
// an operation's context ends with its client, with its time limit, or with the drain's patience.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/platform/access"
)

// Options of a Server. Only Keys is needed; a test leaves the rest zero.
type Options struct {
	Keys    *access.Keys
	Log     *slog.Logger         // nothing is logged if nil
	Metrics *prometheus.Registry // what /metrics shows; an empty one of its own if nil
	Asked   prometheus.Gatherer  // what it shows besides: metrics that ask a database, when somebody looks; may be nil
	Now     func() time.Time     // time.Now if nil
	Version string               // of the program, for the OpenAPI document
	Timeout time.Duration        // of one request; 35 s if zero, so that Prefer: wait=30 fits
	Routes  []Routes
	Checks  []Check
	Admit   func() error // asked before each command; its error is the answer. All are admitted if nil

	// Owners are the modules by operation, such as "POST /v1/orders". If there are any, Start compares them
	// with what is served, except below /v1/system/. What has no owner is the platform's.
	Owners map[string]string
	Budget int // requests under way for one module; 1,024 if zero

	// Route chooses the way of each request for a module's operation (see Passing). All are served here if nil.
	Route func(*Passing)
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = prometheus.NewRegistry()
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the default clock; tests set another
	}
	if o.Timeout == 0 {
		o.Timeout = 35 * time.Second
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	if o.Budget == 0 {
		o.Budget = defaultBudget
	}
	if o.Admit == nil {
		o.Admit = func() error { return nil }
	}
	return o
}

// Server serves the operations of modules and its own pages: /docs, /openapi.json, /healthz,
// /readyz and /metrics.
type Server struct {
	options  Options
	echo     *echo.Echo
	metrics  *metrics
	owners   owners
	strays   error // operations without an owner, and owners without an operation
	http     *http.Server
	failed   chan error
	serving  sync.WaitGroup // what Start began
	draining chan struct{}
	stop     sync.Once
}

// New makes a server that does not listen yet: a test calls ServeHTTP.
func New(o Options) *Server {
	install()
	o = o.withDefaults()
	s := &Server{
		options:  o,
		echo:     echo.New(),
		metrics:  newMetrics(o.Metrics),
		failed:   make(chan error, 1),
		draining: make(chan struct{}),
	}
	s.http = s.newHTTP()
	s.echo.HTTPErrorHandler = answerError
	s.echo.Logger.SetOutput(discard{})
	s.echo.Use(s.scoped, s.observed, fenced)
	api := humaecho.NewV4(s.echo, apiConfig(o.Version))
	s.owners = newOwners(o.Owners, o.Budget, s.metrics.ofModule)
	api.UseMiddleware(s.owned, s.timed, s.passed, s.admitted, s.limited)
	for _, register := range o.Routes {
		register(api)
	}
	if len(o.Owners) > 0 {
		s.strays = s.owners.match(s.served())
	}
	s.addPages(api)
	return s
}

// apiConfig is huma's configuration without what it would add by itself: a $schema field in each
// body, a documentation page that loads scripts from elsewhere, and paths that write their cache
// without a lock.
func apiConfig(version string) huma.Config {
	c := huma.DefaultConfig("Banyan", version)
	c.Info.Description = "A shop: catalogue, orders, payments and shipments."
	c.CreateHooks = nil
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.Formats = formats()
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		bearerScheme: {
			Type: "http", Scheme: "bearer",
			Description: "The operator's token, or an order's access_token.",
		},
	}
	return c
}

// ServeHTTP serves one request. HEAD is answered as GET (RFC 9110, 9.3.2): net/http leaves the body out.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		get := *r
		get.Method = http.MethodGet
		r = &get
	}
	s.echo.ServeHTTP(w, r)
}

// discard takes what echo would print: everything worth it goes to our own log.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// withTimeout ends the context of an operation.
func withTimeout(c huma.Context, limit time.Duration) (huma.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(c.Context(), limit)
	return huma.WithContext(c, ctx), cancel
}
