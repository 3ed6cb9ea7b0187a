package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/web"
)

const (
	operatorToken = "operator-token-of-tests"
	secretText    = "SELECT secret FROM vault; user:hunter2@tcp(db:3306)/x"
)

func keys() *access.Keys {
	return access.NewKeys(operatorToken, []byte("0123456789abcdef0123456789abcdef"))
}

type line struct {
	SKU      string `json:"sku" minLength:"1" maxLength:"64"`
	Quantity int64  `json:"quantity" minimum:"1" maximum:"1000000"`
}

type parcelInput struct {
	Key  string `header:"Idempotency-Key" required:"true"`
	Body struct {
		Lines []line   `json:"lines" minItems:"1"`
		Site  string   `json:"site,omitempty" format:"uri"`
		Mail  string   `json:"mail,omitempty" format:"email"`
		Total int64    `json:"total,omitempty"`
		Order *id.UUID `json:"order,omitempty"`
	}
}

type text struct {
	Body struct {
		Text string `json:"text"`
	}
}

// failing answers with the error of its name.
func failing(ctx context.Context, in *struct {
	Name string `path:"name"`
},
) (*text, error) {
	switch in.Name {
	case "unknown":
		return nil, errors.New(secretText)
	case "panic":
		panic(secretText)
	case "internal":
		return nil, fault.New(fault.Internal, "odd", secretText)
	case "operator":
		return nil, web.Caller(ctx).RequireOperator()
	case "retry":
		return nil, web.RetryAfter(fault.New(fault.Conflict, "in_progress", "Wait."), 2*time.Second)
	case "stock":
		shortage := []map[string]any{{"sku": "A", "available": 3}}
		sentinel := fault.New(fault.Conflict, "out_of_stock", "Not enough.")
		return nil, fmt.Errorf("place order %s: %w", secretText, sentinel.WithDetails(shortage).WithFields(fault.Field{Location: "body.lines[0].sku", Message: "has 3"}))
	case "cursor":
		return nil, web.DecodeCursor("???", &struct{}{})
	case "key":
		return nil, web.ErrKeyMissing
	}
	return nil, fmt.Errorf("%s: %w", secretText, fault.Kind(in.Name))
}

func routes(api huma.API) {
	web.Register(api, huma.Operation{OperationID: "fail", Method: http.MethodGet, Path: "/v1/fail/{name}"}, failing)
	web.Register(api, huma.Operation{OperationID: "parcel", Method: http.MethodPost, Path: "/v1/parcels"},
		func(context.Context, *parcelInput) (*text, error) { return &text{}, nil })
	web.Register(api, huma.Operation{OperationID: "small", Method: http.MethodPost, Path: "/v1/small", MaxBodyBytes: 32},
		func(_ context.Context, in *text) (*text, error) { return in, nil })
	web.Register(api, huma.Operation{OperationID: "sku", Method: http.MethodGet, Path: "/v1/skus/{sku}"},
		func(_ context.Context, in *struct {
			SKU string `path:"sku"`
		},
		) (*text, error) {
			out := &text{}
			out.Body.Text = in.SKU
			return out, nil
		})
	web.Register(api, huma.Operation{OperationID: "lists", Method: http.MethodGet, Path: "/v1/lists"},
		func(context.Context, *struct{}) (*struct{ Body web.Page[line] }, error) {
			return &struct{ Body web.Page[line] }{web.NewPage[line](nil, "")}, nil
		})
}

// upload reads its body as it comes.
type upload struct{ read func() (int64, error) }

func (u *upload) Resolve(c huma.Context) []error {
	u.read = func() (int64, error) { return io.Copy(io.Discard, c.BodyReader()) }
	return nil
}

func uploads(limit int64) web.Routes {
	return func(api huma.API) {
		web.Register(api, huma.Operation{
			OperationID: "upload", Method: http.MethodPost, Path: "/v1/uploads", BodyReadTimeout: -1, MaxBodyBytes: limit,
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
				"text/csv": {Schema: &huma.Schema{Type: huma.TypeObject}}, // huma would read it by itself
			}},
		}, func(ctx context.Context, in *upload) (*text, error) {
			if _, limited := ctx.Deadline(); limited {
				return nil, errors.New("an upload has no time limit")
			}
			n, err := in.read()
			if err != nil {
				return nil, fmt.Errorf("read upload: %w", err)
			}
			out := &text{}
			out.Body.Text = strconv.FormatInt(n, 10)
			return out, nil
		})
	}
}

type answer struct {
	*http.Response
	body    string
	problem web.Problem
}

func (a answer) locations() []string {
	var all []string
	for _, e := range a.problem.Errors {
		all = append(all, e.Location)
	}
	return all
}

// ask sends a request over real HTTP.
func ask(t *testing.T, server *httptest.Server, method, path, contentType, body string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := server.Client().Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(response.Body)
	require.NoError(t, err)
	a := answer{Response: response, body: b.String()}
	if response.Header.Get("Content-Type") == "application/problem+json" {
		require.NoError(t, json.Unmarshal(b.Bytes(), &a.problem))
	}
	return a
}

// logbook is a writer that several requests share.
type logbook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func serve(t *testing.T, o web.Options) *httptest.Server {
	t.Helper()
	o.Keys = keys()
	o.Routes = append(o.Routes, routes)
	server := httptest.NewServer(web.New(o))
	t.Cleanup(server.Close)
	return server
}

func TestEveryErrorIsAProblemThatTellsNoSecret(t *testing.T) {
	t.Parallel()
	log := &logbook{}
	server := serve(t, web.Options{Log: slog.New(slog.NewJSONHandler(log, nil))})
	valid := `{"lines":[{"sku":"A","quantity":1}]}`
	key := []string{"Idempotency-Key", "k"}
	const media = "application/json"
	for _, c := range []struct {
		name, method, path, contentType, body string
		header                                []string
		status                                int
		code                                  string
		locations                             []string
	}{
		{name: "no route", method: "GET", path: "/nowhere?token=hunter2", status: 404, code: "not_found"},
		{name: "other method", method: "DELETE", path: "/v1/parcels", status: 405, code: "method_not_allowed"},
		{name: "broken JSON", method: "POST", path: "/v1/parcels", contentType: media, body: `{"lines": hunter2`, header: key, status: 400, code: "bad_request", locations: []string{"body"}},
		{name: "no body", method: "POST", path: "/v1/parcels", contentType: media, header: key, status: 400, code: "bad_request", locations: []string{"body"}},
		{name: "nothing at all", method: "POST", path: "/v1/parcels", status: 400, code: "idempotency_key_missing", locations: []string{"header.Idempotency-Key", "body"}},
		{name: "no type", method: "POST", path: "/v1/parcels", body: valid, header: key, status: 415, code: "unsupported_media_type"},
		{name: "other type", method: "POST", path: "/v1/parcels", contentType: "text/plain", body: valid, header: key, status: 415, code: "unsupported_media_type"},
		{name: "form", method: "POST", path: "/v1/parcels", contentType: "application/x-www-form-urlencoded", body: "a=b", header: key, status: 415, code: "unsupported_media_type"},
		{name: "coded body", method: "POST", path: "/v1/parcels", contentType: media, body: valid, header: append([]string{"Content-Encoding", "gzip"}, key...), status: 415, code: "unsupported_media_type"},
		{name: "large body", method: "POST", path: "/v1/parcels", contentType: media, body: strings.Repeat("x", 10<<20), header: key, status: 413, code: "too_large"},
		{name: "bad fields", method: "POST", path: "/v1/parcels", contentType: media, body: `{"lines":[{"sku":"A","quantity":0},{"sku":"","quantity":1000000000}],"hunter2":1,"site":"%hunter2","mail":"hunter2"}`, header: key, status: 422, code: "invalid", locations: []string{"body.lines[0].quantity", "body.lines[1].quantity", "body.lines[1].sku", "body.hunter2", "body.site", "body.mail"}},
		{name: "number out of range", method: "POST", path: "/v1/parcels", contentType: media, body: `{"lines":[{"sku":"A","quantity":1}],"total":1e300}`, header: key, status: 422, code: "invalid", locations: []string{"body"}},
		{name: "malformed ID", method: "POST", path: "/v1/parcels", contentType: media, body: `{"lines":[{"sku":"A","quantity":1}],"order":"hunter2"}`, header: key, status: 422, code: "invalid", locations: []string{"body"}},
		{name: "null for a list", method: "POST", path: "/v1/parcels", contentType: media, body: `{"lines":null}`, header: key, status: 422, code: "invalid", locations: []string{"body.lines"}},
		{name: "no key", method: "POST", path: "/v1/parcels", contentType: media, body: valid, status: 400, code: "idempotency_key_missing", locations: []string{"header.Idempotency-Key"}},
		{name: "no key, by sentinel", method: "GET", path: "/v1/fail/key", status: 400, code: "idempotency_key_missing", locations: []string{"header.Idempotency-Key"}},
		{name: "bad cursor", method: "GET", path: "/v1/fail/cursor", status: 422, code: "bad_cursor", locations: []string{"query.cursor"}},
		{name: "unknown error", method: "GET", path: "/v1/fail/unknown", status: 500, code: "internal"},
		{name: "internal fault", method: "GET", path: "/v1/fail/internal", status: 500, code: "internal"},
		{name: "panic", method: "GET", path: "/v1/fail/panic", status: 500, code: "internal"},
		{name: "kind bad_request", method: "GET", path: "/v1/fail/bad_request", status: 400, code: "bad_request"},
		{name: "kind invalid", method: "GET", path: "/v1/fail/invalid", status: 422, code: "invalid"},
		{name: "kind unauthenticated", method: "GET", path: "/v1/fail/unauthenticated", status: 401, code: "unauthenticated"},
		{name: "kind forbidden", method: "GET", path: "/v1/fail/forbidden", status: 403, code: "forbidden"},
		{name: "kind not_found", method: "GET", path: "/v1/fail/not_found", status: 404, code: "not_found"},
		{name: "kind conflict", method: "GET", path: "/v1/fail/conflict", status: 409, code: "conflict"},
		{name: "kind too_large", method: "GET", path: "/v1/fail/too_large", status: 413, code: "too_large"},
		{name: "kind unavailable", method: "GET", path: "/v1/fail/unavailable", status: 503, code: "unavailable"},
		{name: "wrapped sentinel", method: "GET", path: "/v1/fail/stock", status: 409, code: "out_of_stock", locations: []string{"body.lines[0].sku"}},
		{name: "no operator", method: "GET", path: "/v1/fail/operator", status: 403, code: "forbidden", header: []string{"Authorization", "Bearer hunter2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := ask(t, server, c.method, c.path, c.contentType, c.body, c.header...)
			require.Equal(t, c.status, a.StatusCode, a.body)
			require.Equal(t, "application/problem+json", a.Header.Get("Content-Type"))
			require.Equal(t, c.status, a.problem.Status)
			require.Equal(t, c.code, a.problem.Code)
			require.Equal(t, "about:blank", a.problem.Type)
			require.NotEmpty(t, a.problem.Title)
			require.NotEmpty(t, a.problem.Detail)
			require.Equal(t, a.Header.Get("X-Request-Id"), a.problem.RequestID)
			require.ElementsMatch(t, c.locations, a.locations())
			for _, leak := range []string{"SELECT", "tcp(", "goroutine", ".go:", "$schema", "json:", "Go struct"} {
				require.NotContains(t, a.body, leak)
			}
			require.NotContains(t, strings.ReplaceAll(a.body, "body.hunter2", ""), "hunter2", "a submitted value came back")
		})
	}
	t.Cleanup(func() {
		require.Contains(t, log.String(), secretText, "what the client must not see is in the log")
		require.Contains(t, log.String(), "goroutine", "a panic is logged with its stack")
		require.NotContains(t, log.String(), "token=hunter2", "a query is not logged")
	})
}

func TestABodyOfExactlyTheLimitIsReadAndOneByteMoreIsNot(t *testing.T) {
	t.Parallel()
	server := serve(t, web.Options{})
	body := `{"text":"` + strings.Repeat("x", 32-11) + `"}`
	require.Len(t, body, 32)
	require.Equal(t, 200, ask(t, server, "POST", "/v1/small", "application/json; charset=utf-8", body).StatusCode)
	require.Equal(t, 413, ask(t, server, "POST", "/v1/small", "application/json", body+" ").StatusCode)

	require.Equal(t, 413, askChunked(t, server, "/v1/small", "application/json", body+" "), "found while reading")
}

// askChunked sends a body without telling its length.
func askChunked(t *testing.T, server *httptest.Server, path, contentType, body string) (status int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, struct{ io.Reader }{strings.NewReader(body)})
	require.NoError(t, err)
	r.Header.Set("Content-Type", contentType)
	response, err := server.Client().Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

func TestAnUploadIsReadAsItComesWithALimitOfItsOwn(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("x", 3<<20)
	free := serve(t, web.Options{Timeout: time.Nanosecond, Routes: []web.Routes{uploads(0)}})
	require.JSONEq(t, `{"text":"3145728"}`, ask(t, free, "POST", "/v1/uploads", "text/csv", body).body)
	require.Equal(t, 415, ask(t, free, "POST", "/v1/uploads", "application/json", body).StatusCode)
	require.Contains(t, ask(t, free, "GET", "/openapi.json", "", "").body, "text/csv")
	bounded := serve(t, web.Options{Routes: []web.Routes{uploads(2 << 20)}})
	require.Equal(t, 413, ask(t, bounded, "POST", "/v1/uploads", "text/csv", body).StatusCode)
	require.Equal(t, 413, askChunked(t, bounded, "/v1/uploads", "text/csv", body), "found while reading")
}

func TestStatusesHaveTheHeadersThatBelongToThem(t *testing.T) {
	t.Parallel()
	server := serve(t, web.Options{})
	require.Contains(t, ask(t, server, "DELETE", "/v1/parcels", "", "").Header.Get("Allow"), "POST")
	require.Equal(t, "Bearer", ask(t, server, "GET", "/v1/fail/operator", "", "").Header.Get("WWW-Authenticate"))
	require.Equal(t, "1", ask(t, server, "GET", "/v1/fail/unavailable", "", "").Header.Get("Retry-After"))
	require.Equal(t, "2", ask(t, server, "GET", "/v1/fail/retry", "", "").Header.Get("Retry-After"))
	require.Equal(t, "nosniff", ask(t, server, "GET", "/v1/lists", "", "").Header.Get("X-Content-Type-Options"))
	head := ask(t, server, "HEAD", "/v1/lists", "", "")
	require.Equal(t, 200, head.StatusCode)
	require.Empty(t, head.body)
}

func TestDetailsOfAFaultReachTheClient(t *testing.T) {
	t.Parallel()
	a := ask(t, serve(t, web.Options{}), "GET", "/v1/fail/stock", "", "")
	require.JSONEq(t, `[{"sku":"A","available":3}]`, string(a.problem.Details))
}

func TestARequestIDIsTakenFromTheClientIfItCanStandInALog(t *testing.T) {
	t.Parallel()
	server := serve(t, web.Options{})
	require.Equal(t, "abc-1.2_3", ask(t, server, "GET", "/v1/lists", "", "", "X-Request-Id", "abc-1.2_3").Header.Get("X-Request-Id"))
	for _, bad := range []string{`a"b`, "a b", strings.Repeat("x", 65), ""} {
		got := ask(t, server, "GET", "/v1/lists", "", "", "X-Request-Id", bad).Header.Get("X-Request-Id")
		_, err := id.Parse(got)
		require.NoError(t, err, "for %q came %q", bad, got)
	}
}

func TestTheOperatorIsKnownByTheToken(t *testing.T) {
	t.Parallel()
	a := ask(t, serve(t, web.Options{}), "GET", "/v1/fail/operator", "", "", "Authorization", "bearer "+operatorToken)
	require.Equal(t, http.StatusOK, ask(t, serve(t, web.Options{}), "GET", "/healthz", "", "").StatusCode)
	require.NotEqual(t, 401, a.StatusCode)
}

func TestAPathParameterIsUnescapedOnce(t *testing.T) {
	t.Parallel()
	a := ask(t, serve(t, web.Options{}), "GET", "/v1/skus/A%2FB%2525", "", "")
	require.JSONEq(t, `{"text":"A/B%25"}`, a.body)
}

func TestAnEmptyPageIsAnEmptyList(t *testing.T) {
	t.Parallel()
	require.JSONEq(t, `{"items":[]}`, ask(t, serve(t, web.Options{}), "GET", "/v1/lists", "", "").body)
}

func TestACursorComesBackAsItWas(t *testing.T) {
	t.Parallel()
	type after struct {
		Name string `json:"n"`
		ID   id.UUID
	}
	sent, got := after{"ä/?&", id.New()}, after{}
	cursor := web.EncodeCursor(sent)
	require.NotContains(t, cursor, "=")
	require.NoError(t, web.DecodeCursor(cursor, &got))
	require.Equal(t, sent, got)
	for _, bad := range []string{"", "!", "e30x", strings.Repeat("A", 2000), web.EncodeCursor("text")} {
		require.ErrorIs(t, web.DecodeCursor(bad, &got), web.ErrCursor, bad)
	}
}

func TestMetricsNameTheRouteAndNeverWhatWasAsked(t *testing.T) {
	t.Parallel()
	server := serve(t, web.Options{})
	ask(t, server, "GET", "/v1/skus/hunter2", "", "")
	ask(t, server, "GET", "/hunter2", "", "")
	ask(t, server, "HUNTER2", "/v1/lists", "", "")
	ask(t, server, "GET", "/v1/fail/panic", "", "")
	metrics := ask(t, server, "GET", "/metrics", "", "").body
	for _, want := range []string{
		`banyan_http_requests_total{method="GET",route="/v1/skus/{sku}",status="200"} 1`,
		`banyan_http_requests_total{method="GET",route="unmatched",status="404"} 1`,
		`banyan_http_requests_total{method="other",route="/v1/lists",status="405"} 1`,
		`banyan_http_requests_total{method="GET",route="/v1/fail/{name}",status="500"} 1`,
		`banyan_http_request_duration_seconds_count{method="GET",route="/v1/skus/{sku}"} 1`,
		`banyan_http_requests_in_flight 1`,
	} {
		require.Contains(t, metrics, want)
	}
	require.NotContains(t, strings.ToLower(metrics), "hunter2")
}

func TestReadinessNamesWhatIsUnwellAndNotWhy(t *testing.T) {
	t.Parallel()
	server := serve(t, web.Options{Checks: []web.Check{
		{Name: "catalog", Run: func(context.Context) error { return nil }},
		{Name: "order", Run: func(context.Context) error { return errors.New(secretText) }},
	}})
	require.Equal(t, 200, ask(t, server, "GET", "/healthz", "", "").StatusCode)
	a := ask(t, server, "GET", "/readyz", "", "")
	require.Equal(t, 503, a.StatusCode)
	require.Equal(t, "not_ready", a.problem.Code)
	require.Equal(t, []string{"order"}, a.locations())
	require.NotContains(t, a.body, "hunter2")
}

func TestTheOpenAPIDocumentDescribesOperationsAndProblems(t *testing.T) {
	t.Parallel()
	server := serve(t, web.Options{})
	var document struct {
		OpenAPI    string
		Paths      map[string]any
		Components struct{ Schemas map[string]any }
	}
	require.NoError(t, json.Unmarshal([]byte(ask(t, server, "GET", "/openapi.json", "", "").body), &document))
	require.Equal(t, "3.1.0", document.OpenAPI)
	require.Contains(t, document.Paths, "/v1/parcels")
	require.Contains(t, document.Components.Schemas, "Problem")
	require.Contains(t, ask(t, server, "GET", "/openapi.yaml", "", "").body, "/v1/parcels")
}

func TestTheDocumentationAsksNoOtherServer(t *testing.T) {
	t.Parallel()
	server := serve(t, web.Options{})
	html := ask(t, server, "GET", "/docs", "", "")
	policy := html.Header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	for _, elsewhere := range []string{"http:", "https:", "*", "unsafe-eval"} {
		require.NotContains(t, policy, elsewhere)
	}
	require.NotContains(t, html.body, "//")
	require.NotContains(t, html.body, "<script>", "an inline script would be refused by the policy")
	script := ask(t, server, "GET", "/docs/docs.js", "", "")
	require.NotContains(t, script.body, "http")
	require.Contains(t, script.body, "validatorUrl: null")
	for path, begin := range map[string]string{"/docs/swagger-ui-bundle.js": "/*! For license", "/docs/swagger-ui.css": ".swagger-ui"} {
		require.Contains(t, html.body, path)
		unpacked := ask(t, server, "GET", path, "", "", "Accept-Encoding", "identity")
		require.Empty(t, unpacked.Header.Get("Content-Encoding"))
		require.True(t, strings.HasPrefix(unpacked.body, begin), path)
		require.NotContains(t, unpacked.body, "@import")
		gzipped := ask(t, server, "GET", path, "", "", "Accept-Encoding", "gzip")
		require.Equal(t, "gzip", gzipped.Header.Get("Content-Encoding"))
		require.Less(t, len(gzipped.body), len(unpacked.body)/2)
	}
}

// record asks a server that does not listen.
func record(t *testing.T, h http.Handler, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
	return w
}
