package httpapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/app"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/httpapi"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/web"
)

const operator = "an operator's token"

// shop serves the demo catalogue.
type shop struct {
	*app.App
	server *web.Server
}

func newShop(t *testing.T, e dbtest.Engine) shop {
	t.Helper()
	db := e.DB(t, "catalog")
	log := slog.New(slog.DiscardHandler)
	a := app.New(db, bus.New(log, time.Now, prometheus.NewRegistry()).Publisher(db), time.Now)
	_, err := a.LoadDemo(t.Context())
	require.NoError(t, err)
	keys := access.NewKeys(operator, []byte("a secret of the server"))
	return shop{App: a, server: web.New(web.Options{Keys: keys, Routes: []web.Routes{httpapi.Routes(a, log)}})}
}

type answer struct {
	status int
	body   string
}

func (s shop) do(t *testing.T, method, target, contentType, body, token string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.server.ServeHTTP(w, r)
	return answer{w.Code, w.Body.String()}
}

func (s shop) get(t *testing.T, target string, status int, dst any) {
	t.Helper()
	got := s.do(t, http.MethodGet, target, "", "", "")
	require.Equal(t, status, got.status, got.body)
	require.NoError(t, json.Unmarshal([]byte(got.body), dst), got.body)
}

type problem struct {
	Code   string
	Errors []struct{ Location string }
}

type amount struct {
	Amount   int64
	Currency string
}

type sku struct {
	SKU       string
	ProductID string `json:"product_id"`
	Available *int64
	Options   []struct{ Name, Value string }
	Prices    []struct {
		Price     amount
		CompareAt *amount `json:"compare_at"`
	}
	Stock *struct{ OnHand, Held, Allocated int64 }
}

type product struct {
	ID, Name, Description, Brand string
	Category, Images             []string
	Options                      []struct {
		Name   string
		Values []string
	}
	SKUs []sku
}

type page struct {
	Items      []product
	NextCursor string `json:"next_cursor"`
}

func TestProductsAreListedSearchedAndRead(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		var first, second page
		s.get(t, "/v1/products?limit=30", http.StatusOK, &first)
		require.Len(t, first.Items, 30)
		s.get(t, "/v1/products?limit=30&cursor="+first.NextCursor, http.StatusOK, &second)
		require.Len(t, second.Items, 16)
		require.Empty(t, second.NextCursor)

		var found page
		s.get(t, "/v1/products?q=linen+shirt&brand=Gooseberry+Lane&category="+url.QueryEscape("Clothing > Shirts"), http.StatusOK, &found)
		require.Len(t, found.Items, 1)
		require.Empty(t, found.Items[0].Description)
		var shirt product
		s.get(t, "/v1/products/"+found.Items[0].ID, http.StatusOK, &shirt)
		require.Equal(t, "Linen Shirt", shirt.Name)
		require.NotEmpty(t, shirt.Description)
		require.Equal(t, []string{"Clothing", "Shirts"}, shirt.Category)
		require.NotNil(t, shirt.Images)
		require.Equal(t, []string{"XS", "S", "M", "L", "XL"}, shirt.Options[0].Values)
		require.Len(t, shirt.SKUs, 15)
		require.Equal(t, amount{6900, "EUR"}, shirt.SKUs[0].Prices[0].Price)
		require.Equal(t, &amount{8400, "EUR"}, shirt.SKUs[0].Prices[0].CompareAt)

		var none page
		s.get(t, "/v1/products?q=nothing+of+the+kind", http.StatusOK, &none)
		require.NotNil(t, none.Items)
		require.Empty(t, none.Items)
	})
}

func TestASKUIsReadWithItsAvailabilityAndByTheOperatorWithItsStock(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		var v sku
		s.get(t, "/v1/skus/DAY-PACK-BLACK", http.StatusOK, &v)
		require.Equal(t, "DAY-PACK-BLACK", v.SKU)
		require.NotEmpty(t, v.ProductID)
		require.EqualValues(t, 14, *v.Available)
		require.Equal(t, "Black", v.Options[0].Value)
		require.Len(t, v.Prices, 2)
		require.Nil(t, v.Stock)

		got := s.do(t, http.MethodGet, "/v1/skus/DAY-PACK-BLACK", "", "", operator)
		require.Contains(t, got.body, `"stock":{"sku":"DAY-PACK-BLACK","on_hand":14,"held":0,"allocated":0,"available":14}`)
		var document struct {
			Components struct {
				Schemas map[string]struct{ Properties map[string]any }
			}
		}
		s.get(t, "/openapi.json", http.StatusOK, &document)
		for _, field := range []string{"sku", "available", "product_id", "stock"} {
			require.Contains(t, document.Components.Schemas["SkuBody"].Properties, field)
		}
	})
}

func TestStockIsSetByTheOperatorAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		const target, kind = "/v1/skus/DAY-PACK-BLACK/stock", "application/json"
		require.Equal(t, http.StatusUnauthorized, s.do(t, http.MethodPut, target, kind, `{"on_hand": 40}`, "").status)
		got := s.do(t, http.MethodPut, target, kind, `{"on_hand": 40}`, operator)
		require.Equal(t, http.StatusOK, got.status, got.body)
		require.JSONEq(t, `{"sku":"DAY-PACK-BLACK","on_hand":40,"held":0,"allocated":0,"available":40}`, got.body)
		for body, status := range map[string]int{
			`{"on_hand": -1}`: 422, `{"on_hand": 2000000000}`: 422, `{}`: 422, `{"on_hand": "x"}`: 422, `{`: 400,
		} {
			require.Equal(t, status, s.do(t, http.MethodPut, target, kind, body, operator).status, body)
		}
		for _, sku := range []string{"none", "DAY-PACK-BLACK%20", "day-pack-black"} {
			require.Equal(t, http.StatusNotFound, s.do(t, http.MethodPut, "/v1/skus/"+sku+"/stock", kind, `{"on_hand": 1}`, operator).status, sku)
			require.Equal(t, http.StatusNotFound, s.do(t, http.MethodGet, "/v1/skus/"+sku, "", "", "").status, sku)
		}
		drift, err := s.Drift(t.Context())
		require.NoError(t, err)
		require.Empty(t, drift)
	})
}

func TestStockBelowWhatIsPromisedIsRefusedWithBothCounts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		_, err := s.Reserve(t.Context(), catalog.ReserveRequest{
			Key: "k", OrderID: id.New(), Lines: []catalog.ReserveLine{{SKU: "DAY-PACK-BLACK", Quantity: 3}},
			Currency: "KRW", HoldUntil: time.Now().Add(time.Hour),
		})
		require.NoError(t, err)

		got := s.do(t, http.MethodPut, "/v1/skus/DAY-PACK-BLACK/stock", "application/json", `{"on_hand": 2}`, operator)

		require.Equal(t, http.StatusConflict, got.status)
		require.Contains(t, got.body, `"code":"stock_promised"`)
		require.Contains(t, got.body, `"details":{"held":3,"allocated":0}`)
	})
}

func TestBadQuestionsAreProblems(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.Only(t, "sqlite"))
	for target, want := range map[string]struct {
		status          int
		code, locations string
	}{
		"/v1/products?limit=0":                              {422, "", "query.limit"},
		"/v1/products?limit=201":                            {422, "", "query.limit"},
		"/v1/products?cursor=%21":                           {422, "bad_cursor", "query.cursor"},
		"/v1/products?q=" + strings.Repeat("a", 201):        {422, "", "query.q"},
		"/v1/products/nonsense":                             {404, "product_not_found", ""},
		"/v1/products/019a0000-0000-7000-8000-000000000000": {404, "product_not_found", ""},
		"/v1/skus/none":                                     {404, "sku_not_found", ""},
		"/v1/skus/" + strings.Repeat("s", 3000):             {404, "sku_not_found", ""},
		"/v1/skus/%27%3B--":                                 {404, "sku_not_found", ""},
	} {
		var p problem
		s.get(t, target, want.status, &p)
		if want.code != "" {
			require.Equal(t, want.code, p.Code, target)
		}
		if want.locations != "" {
			require.Equal(t, want.locations, p.Errors[0].Location, target)
		}
	}
}

func TestCategoriesAreListedFromTheTop(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		var all struct {
			Items []struct {
				ID, Name string
				ParentID string `json:"parent_id"`
				Path     []string
			}
		}
		s.get(t, "/v1/categories", http.StatusOK, &all)
		known := map[string]bool{"": true}
		for _, c := range all.Items {
			require.True(t, known[c.ParentID], "%v stands before its parent", c.Path)
			require.Equal(t, c.Name, c.Path[len(c.Path)-1])
			known[c.ID] = true
		}
		require.Len(t, all.Items, len(known)-1)
		require.Greater(t, len(all.Items), 15)
	})
}

const mapping = `
currency: EUR
fields:
  id: {column: id}
  name: {column: name}
  price: {column: price}
`

func form(t *testing.T, parts ...string) (contentType, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		part, err := w.CreateFormFile(parts[i], parts[i])
		require.NoError(t, err)
		_, err = io.WriteString(part, parts[i+1])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return w.FormDataContentType(), b.String()
}

func TestAFeedIsImportedAsItIsSent(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		kind, body := form(t, "mapping", mapping, "feed", "id,name,price\n1,Spoon,1.50\n2,,2\n3,Fork,1.70\n")

		got := s.do(t, http.MethodPost, "/v1/imports?source=cutlery", kind, body, operator)

		require.Equal(t, http.StatusOK, got.status, got.body)
		lines := strings.Split(strings.TrimSpace(got.body), "\n")
		require.JSONEq(t, `{"type":"rejected","line":3,"column":"name","field":"name","reason":"is empty, and a product needs a name"}`, lines[0])
		require.JSONEq(t, `{"type":"done","bytes":44,"read":3,"created":2,"updated":0,"unchanged":0,"rejected":1}`, lines[len(lines)-1])
		var v sku
		s.get(t, "/v1/skus/cutlery.1", http.StatusOK, &v)
		require.Equal(t, amount{150, "EUR"}, v.Prices[0].Price)
	})
}

func TestAnImportThatCannotBeginIsAProblem(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.Only(t, "sqlite"))
	kind, good := form(t, "mapping", mapping, "feed", "id,name,price\n")
	turnedKind, turned := form(t, "feed", "id,name,price\n", "mapping", mapping)
	for name, c := range map[string]struct {
		target, kind, body, token string
		status                    int
	}{
		"no token":    {"/v1/imports?source=a", kind, good, "", 401},
		"no source":   {"/v1/imports", kind, good, operator, 422},
		"bad source":  {"/v1/imports?source=A.B", kind, good, operator, 422},
		"no form":     {"/v1/imports?source=a", "application/json", "{}", operator, 415},
		"no boundary": {"/v1/imports?source=a", "multipart/form-data", good, operator, 400},
		"broken form": {"/v1/imports?source=a", kind, "nonsense", operator, 400},
		"wrong order": {"/v1/imports?source=a", turnedKind, turned, operator, 400},
	} {
		got := s.do(t, http.MethodPost, c.target, c.kind, c.body, c.token)
		require.Equal(t, c.status, got.status, "%s: %s", name, got.body)
	}
	for name, parts := range map[string][]string{
		"bad mapping": {"mapping", "fields: {}", "feed", "id\n"},
		"bad header":  {"mapping", mapping, "feed", "id,name\n1,Spoon\n"},
	} {
		kind, body := form(t, parts...)
		got := s.do(t, http.MethodPost, "/v1/imports?source=a", kind, body, operator)
		require.Equal(t, http.StatusUnprocessableEntity, got.status, "%s: %s", name, got.body)
	}
}
