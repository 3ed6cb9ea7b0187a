package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order/internal/httpapi"
	"github.com/banyan-commerce/banyan/modules/order/internal/ordertest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/web"
)

const wish = `{"customer": {"email": "kim@example.com", "name": "Kim"},
 "ship_to": {"name": "Kim", "line1": "1 Sejong-daero", "city": "Seoul", "postal_code": "04524", "country": "KR"},
 "lines": [{"sku": "MUG", "quantity": 2}, {"sku": "POT", "quantity": 1}],
 "payment": {"method": "card", "token": "tok_ok"},
 "expected_total": {"amount": 75800, "currency": "KRW"}}`

// server is the module behind real routing.
type server struct {
	*ordertest.Shop
	web *web.Server
	t   *testing.T
}

// newServer is for tests of what HTTP adds; the rules run on both engines in package app.
func newServer(t *testing.T) server {
	t.Helper()
	return serve(t, dbtest.Only(t, sqldb.SQLite))
}

func serve(t *testing.T, e dbtest.Engine) server {
	t.Helper()
	shop := ordertest.Open(t, e.DB(t, "order"))
	w := web.New(web.Options{Keys: shop.Keys, Routes: []web.Routes{httpapi.Routes(shop.Orders)}})
	return server{Shop: shop, web: w, t: t}
}

// answer is a response with its decoded body.
type answer struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

// text is a string of the body.
func (a answer) text(name string) string {
	s, _ := a.body[name].(string)
	return s
}

// fields are the locations that a problem names.
func (a answer) fields() []string {
	var locations []string
	list, _ := a.body["errors"].([]any)
	for _, e := range list {
		locations = append(locations, e.(map[string]any)["location"].(string))
	}
	return locations
}

// call sends a request; headers are "Name: value".
func (s server) call(method, path, body string, headers ...string) answer {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.web.ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Result().Header, raw: w.Body.String()}
	require.NoError(s.t, json.Unmarshal(w.Body.Bytes(), &a.body), a.raw)
	if a.status >= http.StatusBadRequest {
		require.Equal(s.t, "application/problem+json", a.header.Get("Content-Type"))
	}
	return a
}

func (s server) place(key string) answer {
	s.t.Helper()
	a := s.call("POST", "/v1/orders", wish, "Idempotency-Key: "+key)
	require.Equal(s.t, http.StatusCreated, a.status, a.raw)
	return a
}

const operator = "Authorization: Bearer " + ordertest.OperatorToken
