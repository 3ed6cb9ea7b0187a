package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/web"
)

// parlour is a server of two modules: what is asked of "slow" waits until it is let go.
type parlour struct {
	server  *httptest.Server
	entered chan string // whose work each request was
	release chan struct{}
	ended   chan int // the status of each; 0 if there was no answer
}

func openParlour(t *testing.T, budget int) *parlour {
	t.Helper()
	p := &parlour{entered: make(chan string, 100), release: make(chan struct{}), ended: make(chan int, 100)}
	operation := func(path string, f func(ctx context.Context) string) web.Routes {
		return func(api huma.API) {
			web.Register(api, huma.Operation{OperationID: path, Method: http.MethodGet, Path: path},
				func(ctx context.Context, _ *struct{}) (*text, error) {
					out := &text{}
					out.Body.Text = f(ctx)
					return out, nil
				})
		}
	}
	stuck := func(ctx context.Context) string {
		p.entered <- boundary.Module(ctx)
		<-p.release // whatever becomes of ctx
		return ""
	}
	p.server = httptest.NewServer(web.New(web.Options{
		Keys: keys(), Budget: budget,
		Owners: map[string]string{"GET /v1/slow/{id}": "slow", "GET /v1/patient": "slow", "GET /v1/quick": "quick"},
		Routes: []web.Routes{
			operation("/v1/slow/{id}", stuck),
			operation("/v1/system/slow", stuck),
			operation("/v1/patient", func(ctx context.Context) string {
				select {
				case <-web.Draining(ctx):
					return "did not wait"
				default:
					return "would wait"
				}
			}),
			operation("/v1/quick", boundary.Module),
		},
	}))
	t.Cleanup(p.server.Close)
	return p
}

// block lets n requests hang, and returns when all have begun.
func (p *parlour) block(t *testing.T, path string, n int) (whose []string) {
	t.Helper()
	for range n {
		go func() { p.ended <- p.status(t.Context(), path) }()
	}
	for range n {
		whose = append(whose, <-p.entered)
	}
	return whose
}

func (p *parlour) status(ctx context.Context, path string) int {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.server.URL+path, http.NoBody)
	if err != nil {
		return 0
	}
	response, err := p.server.Client().Do(r)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// letGo lets the n requests that hang finish.
func (p *parlour) letGo(t *testing.T, n int) {
	t.Helper()
	close(p.release)
	for range n {
		require.Equal(t, 200, <-p.ended)
	}
}

func TestAModuleWhoseRequestsHangUsesUpItsOwnBudgetAndNobodyElses(t *testing.T) {
	t.Parallel()
	const budget = 8
	p := openParlour(t, budget)
	for _, module := range p.block(t, "/v1/slow/7", budget) {
		require.Equal(t, "slow", module)
	}
	for _, path := range []string{"/v1/slow/8", "/v1/patient"} {
		a := ask(t, p.server, "GET", path, "", "", "Authorization", "Bearer "+operatorToken)
		require.Equal(t, 503, a.StatusCode, a.body)
		require.Equal(t, "module_crowded", a.problem.Code)
		require.Equal(t, "2", a.Header.Get("Retry-After"))
		require.NotEmpty(t, a.problem.RequestID)
	}
	require.Contains(t, ask(t, p.server, "GET", "/v1/quick", "", "").body, `"quick"`)
	require.Equal(t, []string{boundary.Platform}, p.block(t, "/v1/system/slow", 1), "the operator's desk is the platform's")
	metrics := ask(t, p.server, "GET", "/metrics", "", "").body
	for module, n := range map[string]int{"slow": budget, "quick": 0, boundary.Platform: 1} {
		require.Contains(t, metrics, fmt.Sprintf(`banyan_http_module_requests_in_flight{module=%q} %d`, module, n))
	}
	p.letGo(t, budget+1)
	require.Equal(t, 200, ask(t, p.server, "GET", "/v1/slow/9", "", "").StatusCode, "the budget is given back")
	require.Contains(t, ask(t, p.server, "GET", "/metrics", "", "").body, `banyan_http_module_requests_in_flight{module="slow"} 0`)
}

func TestNobodyIsKeptWaitingWhenHalfOfTheBudgetIsUsed(t *testing.T) {
	t.Parallel()
	p := openParlour(t, 4)
	p.block(t, "/v1/slow/1", 1)
	require.Contains(t, ask(t, p.server, "GET", "/v1/patient", "", "").body, "would wait")
	p.block(t, "/v1/slow/2", 1)
	require.Contains(t, ask(t, p.server, "GET", "/v1/patient", "", "").body, "did not wait")
	p.letGo(t, 2)
}

func TestAServerWhoseOperationsAreNotThoseDeclaredDoesNotStart(t *testing.T) {
	t.Parallel()
	own := map[string]string{
		"GET /v1/fail/{name}": "desk", "POST /v1/parcels": "post", "POST /v1/small": "post", "GET /v1/skus/{sku}": "shop", "GET /v1/lists": "shop",
	}
	hidden := func(api huma.API) {
		web.Register(api, huma.Operation{OperationID: "hidden", Method: http.MethodPut, Path: "/v1/hidden/{id}", Hidden: true},
			func(context.Context, *struct {
				ID string `path:"id"`
			},
			) (*text, error) {
				return &text{}, nil
			})
	}
	for name, c := range map[string]struct {
		change func(owners map[string]string)
		routes []web.Routes
		want   string
	}{
		"as declared":  {change: func(map[string]string) {}},
		"undeclared":   {change: func(o map[string]string) { delete(o, "GET /v1/skus/{sku}") }, want: "GET /v1/skus/{sku} is served, and no module's manifest declares it"},
		"other method": {change: func(o map[string]string) { delete(o, "POST /v1/small"); o["PUT /v1/small"] = "post" }, want: "POST /v1/small is served, and no module's manifest declares it\nPUT /v1/small is declared by post, and nothing serves it"},
		"not served":   {change: func(o map[string]string) { o["GET /v1/ghosts"] = "attic" }, want: "GET /v1/ghosts is declared by attic, and nothing serves it"},
		"hidden":       {change: func(map[string]string) {}, routes: []web.Routes{hidden}, want: "PUT /v1/hidden/{id} is served, and no module's manifest declares it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			owners := map[string]string{}
			for operation, module := range own {
				owners[operation] = module
			}
			c.change(owners)
			s := web.New(web.Options{Keys: keys(), Owners: owners, Routes: append(c.routes, routes)})
			_, err := s.Start(t.Context(), "127.0.0.1:0")
			if c.want == "" {
				require.NoError(t, err)
				require.NoError(t, s.Stop(t.Context()))
				return
			}
			require.EqualError(t, err, "serve operations: "+c.want)
		})
	}
}

func TestOneSickPartOfTheShopIsToldAndTakesNoRequestsAway(t *testing.T) {
	t.Parallel()
	sick, well := errors.New(secretText), error(nil)
	part := func(name string, err *error) web.Check {
		return web.Check{Name: name, Part: true, Run: func(context.Context) error { return *err }}
	}
	server := serve(t, web.Options{Checks: []web.Check{part("order", &well), part("shipping", &sick)}})
	a := ask(t, server, "GET", "/readyz", "", "")
	require.Equal(t, 200, a.StatusCode)
	require.JSONEq(t, `{"status":"degraded","degraded":[{"location":"shipping","message":"can't be reached"}]}`, a.body)

	server = serve(t, web.Options{Checks: []web.Check{part("order", &sick), part("shipping", &sick)}})
	a = ask(t, server, "GET", "/readyz", "", "")
	require.Equal(t, 503, a.StatusCode)
	require.Equal(t, []string{"order", "shipping"}, a.locations())
	require.NotContains(t, a.body, "hunter2")
}

func TestACheckThatHangsOrPanicsIsUnwellAndHoldsNoAnswerBack(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	server := serve(t, web.Options{Checks: []web.Check{
		{Name: "order", Part: true, Run: func(context.Context) error { return nil }},
		{Name: "shipping", Part: true, Run: func(context.Context) error { <-release; return nil }},
		{Name: "payment", Part: true, Run: func(context.Context) error { panic(secretText) }},
	}})
	begin := time.Now()
	a := ask(t, server, "GET", "/readyz", "", "")
	require.Less(t, time.Since(begin), 20*time.Second)
	require.Equal(t, 200, a.StatusCode)
	require.Contains(t, a.body, "shipping")
	require.Contains(t, a.body, "payment")
	require.NotContains(t, a.body, "hunter2")
}
