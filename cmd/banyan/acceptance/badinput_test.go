package acceptance_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
)

// secretToken stands wherever a client may send a token. No answer repeats it.
const secretToken = "tok_hunter2_4242424242424242"

// bad is a request that can't be, and what must come back.
type bad struct {
	method, path string
	body         string
	header       []string // names and values in turn; an empty value takes the header away
	status       int
	code         string
	location     string // of a field that the answer must name; empty where it is about none
}

func TestBadInputIsAnsweredByAProblemThatNamesTheField(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e)
		s.Offer(t, map[string]int64{"TEA": 10})
		o := s.Place(t, shoptest.Buy("TEA", 1).Waiting(20))
		parcel := s.ShipmentOf(t, o.ID)
		for name, test := range badRequests(o, parcel) {
			t.Run(name, func(t *testing.T) {
				test.require(t, s.Ask(t, test.method, test.path, test.body, test.headers()...))
			})
		}
		b := s.RequireSound(t, map[string]int64{"TEA": 10})
		require.Len(t, b.Orders, 1, "nothing came of any of it")
		require.NotContains(t, s.Log.String(), `"level":"ERROR"`)
		for _, secret := range []string{secretToken, shoptest.OperatorToken, shoptest.ServerSecret, o.AccessToken} {
			require.NotContains(t, s.Log.String(), secret)
		}
	})
}

// headers are those of the test, over what a good request has.
func (b bad) headers() []string {
	good := map[string]string{"Idempotency-Key": "bad-" + secretToken, "Content-Type": "application/json"}
	if b.method == http.MethodGet {
		delete(good, "Content-Type")
	}
	for i := 0; i < len(b.header); i += 2 {
		good[b.header[i]] = b.header[i+1]
	}
	var all []string
	for name, value := range good {
		all = append(all, name, value)
	}
	return all
}

func (b bad) require(t *testing.T, a shoptest.Answer) {
	t.Helper()
	said := fmt.Sprintf("%d %s", a.Status, a.Body)
	require.Equal(t, b.status, a.Status, said)
	require.Equal(t, "application/problem+json", a.Header.Get("Content-Type"), said)
	p := shoptest.Decoded[shoptest.Problem](t, a)
	require.Equal(t, b.status, p.Status, said)
	require.Equal(t, http.StatusText(b.status), p.Title, said)
	require.Equal(t, b.code, p.Code, said)
	require.NotEmpty(t, p.Detail, said)
	require.NotEmpty(t, a.Header.Get("X-Request-Id"), said)
	if b.location != "" {
		require.True(t, names(p, b.location), said)
	}
	requireDiscreet(t, said, a)
}

// names says whether one of the errors is about a place, or something within it.
func names(p shoptest.Problem, location string) bool {
	return slices.ContainsFunc(p.Errors, func(e struct{ Location, Message string }) bool {
		return e.Location == location && e.Message != ""
	})
}

// requireDiscreet: no answer tells of our insides, or repeats what may be a secret.
func requireDiscreet(t *testing.T, said string, a shoptest.Answer) {
	t.Helper()
	text := a.Body
	for name, values := range a.Header {
		text += "\n" + name + ": " + strings.Join(values, ",")
	}
	for _, word := range []string{
		"SELECT", "INSERT", "UPDATE ", "bus_", "sqlite", "SQLITE", "mysql", "MySQL", "Error 1", "constraint", "@tcp", "BANYAN_",
		"goroutine", "runtime", ".go", "panic", "/tmp", "/home", "/root", "/var", "json:", "hunter2", shoptest.OperatorToken, shoptest.ServerSecret,
	} {
		require.NotContains(t, text, word, said)
	}
}

// with is the body of a good purchase with one text replaced.
func with(old, replacement string) string {
	p := shoptest.Buy("TEA", 2)
	p.Token = secretToken
	body := p.Body()
	if !strings.Contains(body, old) {
		panic("the body has no " + old)
	}
	return strings.Replace(body, old, replacement, 1)
}

func badRequests(o shoptest.Order, parcel shoptest.Shipment) map[string]bad {
	const place, nobody = "/v1/orders", "01990000-0000-7000-8000-000000000000"
	operator := []string{"Authorization", "Bearer " + shoptest.OperatorToken}
	own := []string{"Authorization", "Bearer " + o.AccessToken}
	long := strings.Repeat("x", 300)
	good := with(`"TEA"`, `"TEA"`)
	events := "/v1/shipments/" + parcel.ID + "/events"
	return map[string]bad{
		"unknown SKU":            {"POST", place, with(`"TEA"`, `"NO-SUCH"`), nil, 422, "unknown_sku", "body.lines[0].sku"},
		"SKU of SQL":             {"POST", place, with(`"TEA"`, `"' OR 1=1 --"`), nil, 422, "unknown_sku", "body.lines[0].sku"},
		"SKU too long":           {"POST", place, with(`"TEA"`, `"`+long+`"`), nil, 422, "invalid", "body.lines[0].sku"},
		"empty SKU":              {"POST", place, with(`"TEA"`, `""`), nil, 422, "invalid", "body.lines[0].sku"},
		"SKU with a null byte":   {"POST", place, with(`"TEA"`, `"TEA\u0000"`), nil, 422, "invalid_order", "body.lines[0].sku"},
		"quantity 0":             {"POST", place, with(`"quantity":2`, `"quantity":0`), nil, 422, "invalid", "body.lines[0].quantity"},
		"quantity -1":            {"POST", place, with(`"quantity":2`, `"quantity":-1`), nil, 422, "invalid", "body.lines[0].quantity"},
		"quantity 10^9":          {"POST", place, with(`"quantity":2`, `"quantity":1000000000`), nil, 422, "invalid", "body.lines[0].quantity"},
		"quantity over 64 bits":  {"POST", place, with(`"quantity":2`, `"quantity":99999999999999999999`), nil, 422, "invalid", "body.lines[0].quantity"},
		"quantity of a half":     {"POST", place, with(`"quantity":2`, `"quantity":1.5`), nil, 422, "invalid", "body.lines[0].quantity"},
		"quantity as text":       {"POST", place, with(`"quantity":2`, `"quantity":"2"`), nil, 422, "invalid", "body.lines[0].quantity"},
		"no lines":               {"POST", place, with(`[{"sku":"TEA","quantity":2}]`, `[]`), nil, 422, "invalid", "body.lines"},
		"lines are null":         {"POST", place, with(`[{"sku":"TEA","quantity":2}]`, `null`), nil, 422, "invalid", "body.lines"},
		"101 lines":              {"POST", place, with(`[{`, `[`+strings.Repeat(`{"sku":"TEA","quantity":1},`, 100)+`{`), nil, 422, "invalid", "body.lines"},
		"negative money":         {"POST", place, with(`"amount":2000`, `"amount":-5`), nil, 422, "invalid", "body.expected_total.amount"},
		"money of a half":        {"POST", place, with(`"amount":2000`, `"amount":19.99`), nil, 422, "invalid", "body.expected_total.amount"},
		"unknown currency":       {"POST", place, with(`"KRW"`, `"ZZZ"`), nil, 422, "invalid_order", "body.expected_total.currency"},
		"currency in lower case": {"POST", place, with(`"KRW"`, `"krw"`), nil, 422, "invalid_order", "body.expected_total.currency"},
		"currency without price": {"POST", place, with(`"KRW"`, `"EUR"`), nil, 422, "no_price", "body.lines[0].sku"},
		"bad email":              {"POST", place, with(`"kim@example.com"`, `"kim at example"`), nil, 422, "invalid", "body.customer.email"},
		"email with a name":      {"POST", place, with(`"kim@example.com"`, `"Kim <kim@example.com>"`), nil, 422, "invalid", "body.customer.email"},
		"bad country":            {"POST", place, with(`"KR"`, `"Korea"`), nil, 422, "invalid", "body.ship_to.country"},
		"blank name":             {"POST", place, with(`"name":"Kim"`, `"name":"  "`), nil, 422, "invalid_order", "body.customer.name"},
		"name with a null byte":  {"POST", place, with(`"name":"Kim"`, `"name":"K\u0000im"`), nil, 422, "invalid_order", "body.customer.name"},
		"city too long":          {"POST", place, with(`"Seoul"`, `"`+long+`"`), nil, 422, "invalid", "body.ship_to.city"},
		"token too long":         {"POST", place, with(secretToken, secretToken+long), nil, 422, "invalid", "body.payment.token"},
		"token with a null byte": {"POST", place, with(secretToken, secretToken+`\u0000`), nil, 422, "invalid_order", "body.payment.token"},
		"no payment":             {"POST", place, with(`"payment":`, `"pay":`), nil, 422, "invalid", "body"},
		"unknown field":          {"POST", place, with(`"lines":`, `"coupon":"`+secretToken+`","lines":`), nil, 422, "invalid", "body.coupon"},
		"a list as body":         {"POST", place, `[` + good + `]`, nil, 422, "invalid", "body"},
		"null as body":           {"POST", place, `null`, nil, 422, "invalid", "body"},
		"no body":                {"POST", place, ``, nil, 400, "bad_request", "body"},
		"broken JSON":            {"POST", place, good[:len(good)-3], nil, 400, "bad_request", "body"},
		"JSON and more":          {"POST", place, good + good, nil, 400, "bad_request", "body"},
		"text that is no UTF-8":  {"POST", place, with(`"Seoul"`, "\"\xff\xfeSeoul\""), nil, 400, "bad_request", "body"},
		"JSON of 5,000 levels":   {"POST", place, strings.Repeat(`{"a":[`, 5000), nil, 400, "bad_request", "body"},
		"closed 20,000 levels":   {"POST", place, strings.Repeat(`[`, 20_000) + strings.Repeat(`]`, 20_000), nil, 400, "bad_request", "body"},
		"a body of 10 MB":        {"POST", place, with(`"Seoul"`, `"`+strings.Repeat("x", 10<<20)+`"`), nil, 413, "too_large", ""},
		"wrong content type":     {"POST", place, good, []string{"Content-Type", "text/plain"}, 415, "unsupported_media_type", ""},
		"no content type":        {"POST", place, good, []string{"Content-Type", ""}, 415, "unsupported_media_type", ""},
		"a packed body":          {"POST", place, good, []string{"Content-Encoding", "gzip"}, 415, "unsupported_media_type", ""},
		"no key":                 {"POST", place, good, []string{"Idempotency-Key", ""}, 400, "idempotency_key_missing", "header.Idempotency-Key"},
		"no key, bad body":       {"POST", place, with(`"quantity":2`, `"quantity":0`), []string{"Idempotency-Key", ""}, 400, "idempotency_key_missing", "header.Idempotency-Key"},
		"key too long":           {"POST", place, good, []string{"Idempotency-Key", long}, 422, "invalid", "header.Idempotency-Key"},
		"key of other letters":   {"POST", place, good, []string{"Idempotency-Key", "schlüssel"}, 422, "invalid", "header.Idempotency-Key"},
		"waiting for too little": {"POST", place, with(`"TEA"`, `"NO-SUCH"`), []string{"Prefer", "wait=999, wait=-1, ;=,"}, 422, "unknown_sku", "body.lines[0].sku"},

		"another payment, no key":   {"POST", "/v1/orders/" + o.ID + "/payments", `{"method":"card","token":"x"}`, append([]string{"Idempotency-Key", ""}, own...), 400, "idempotency_key_missing", "header.Idempotency-Key"},
		"another payment, no token": {"POST", "/v1/orders/" + o.ID + "/payments", `{"method":"card"}`, own, 422, "invalid", "body"},
		"another payment, blank":    {"POST", "/v1/orders/" + o.ID + "/payments", `{"method":"card","token":" "}`, own, 422, "invalid_order", "body.token"},
		"a payment for a stranger":  {"POST", "/v1/orders/" + o.ID + "/payments", `{"method":"card","token":"x"}`, nil, 404, "order_not_found", ""},
		"cancelling some lines":     {"POST", "/v1/orders/" + o.ID + "/cancel", `{"lines":[{"sku":"TEA","quantity":1}]}`, own, 422, "partial_cancellation_unavailable", "body.lines"},
		"a reason without an end":   {"POST", "/v1/orders/" + o.ID + "/cancel", `{"reason":"` + strings.Repeat("x", 501) + `"}`, own, 422, "invalid", "body.reason"},

		"unknown address":      {"GET", "/v1/nothing/" + secretToken, "", nil, 404, "not_found", ""},
		"a path upwards":       {"GET", "/v1/../../etc/passwd", "", nil, 404, "not_found", ""},
		"unknown method":       {"BREW", "/v1/orders", "", nil, 405, "method_not_allowed", ""},
		"wrong method":         {"DELETE", "/v1/orders/" + o.ID, "", operator, 405, "method_not_allowed", ""},
		"no such product":      {"GET", "/v1/products/" + nobody, "", nil, 404, "product_not_found", ""},
		"product of no UUID":   {"GET", "/v1/products/' OR 1=1", "", nil, 404, "product_not_found", ""},
		"no such SKU":          {"GET", "/v1/skus/" + secretToken, "", nil, 404, "sku_not_found", ""},
		"SKU of bytes":         {"GET", "/v1/skus/%00%ff", "", nil, 404, "sku_not_found", ""},
		"no such order":        {"GET", "/v1/orders/" + nobody, "", operator, 404, "order_not_found", ""},
		"order of no UUID":     {"GET", "/v1/orders/seven", "", operator, 404, "order_not_found", ""},
		"no such payment":      {"GET", "/v1/payments/" + nobody, "", operator, 404, "payment_not_found", ""},
		"no such shipment":     {"GET", "/v1/shipments/" + nobody, "", operator, 404, "shipment_not_found", ""},
		"payments of no UUID":  {"GET", "/v1/payments?order_id=seven", "", operator, 422, "invalid", "query.order_id"},
		"shipments of no UUID": {"GET", "/v1/shipments?order_id=seven", "", operator, 422, "invalid", "query.order_id"},

		"cursor of orders":      {"GET", "/v1/orders?cursor=%27%22", "", operator, 422, "bad_cursor", "query.cursor"},
		"cursor of products":    {"GET", "/v1/products?cursor=eyJhIjoxfQ", "", nil, 422, "bad_cursor", "query.cursor"},
		"cursor of payments":    {"GET", "/v1/payments?cursor=" + long, "", operator, 422, "bad_cursor", "query.cursor"},
		"cursor of shipments":   {"GET", "/v1/shipments?cursor=x", "", operator, 422, "bad_cursor", "query.cursor"},
		"limit 0":               {"GET", "/v1/products?limit=0", "", nil, 422, "invalid", "query.limit"},
		"limit 201":             {"GET", "/v1/orders?limit=201", "", operator, 422, "invalid", "query.limit"},
		"limit of a word":       {"GET", "/v1/payments?limit=" + secretToken, "", operator, 422, "invalid", "query.limit"},
		"limit over 64 bits":    {"GET", "/v1/shipments?limit=99999999999999999999", "", operator, 422, "invalid", "query.limit"},
		"unknown status":        {"GET", "/v1/orders?status=lost", "", operator, 422, "invalid", "query.status"},
		"search without an end": {"GET", "/v1/products?q=" + long, "", nil, 422, "invalid", "query.q"},

		"orders, nobody's token":    {"GET", "/v1/orders", "", nil, 401, "operator_only", ""},
		"orders, wrong token":       {"GET", "/v1/orders", "", []string{"Authorization", "Bearer " + secretToken}, 403, "forbidden", ""},
		"orders, another scheme":    {"GET", "/v1/orders", "", []string{"Authorization", "Basic " + shoptest.OperatorToken}, 401, "operator_only", ""},
		"orders, customer's token":  {"GET", "/v1/orders", "", own, 403, "forbidden", ""},
		"payments, nobody's token":  {"GET", "/v1/payments", "", nil, 401, "operator_only", ""},
		"shipments, nobody's token": {"GET", "/v1/shipments", "", nil, 401, "operator_only", ""},
		"stock, nobody's token":     {"PUT", "/v1/skus/TEA/stock", `{"on_hand":5}`, nil, 401, "operator_only", ""},
		"stock, wrong token":        {"PUT", "/v1/skus/TEA/stock", `{"on_hand":5}`, []string{"Authorization", "Bearer " + secretToken}, 403, "forbidden", ""},
		"packing, customer's token": {"POST", events, `{"type":"packed"}`, own, 403, "forbidden", ""},
		"import, nobody's token":    {"POST", "/v1/imports?source=x", "x", []string{"Content-Type", "multipart/form-data; boundary=x"}, 401, "operator_only", ""},

		"stock below nothing":     {"PUT", "/v1/skus/TEA/stock", `{"on_hand":-1}`, operator, 422, "invalid", "body.on_hand"},
		"stock below promises":    {"PUT", "/v1/skus/TEA/stock", `{"on_hand":0}`, operator, 409, "stock_promised", ""},
		"stock without an end":    {"PUT", "/v1/skus/TEA/stock", `{"on_hand":9223372036854775807}`, operator, 422, "invalid", "body.on_hand"},
		"stock of nothing known":  {"PUT", "/v1/skus/NO-SUCH/stock", `{"on_hand":1}`, operator, 404, "sku_not_found", ""},
		"unknown parcel event":    {"POST", events, `{"type":"eaten"}`, operator, 422, "invalid", "body.type"},
		"shipped without carrier": {"POST", events, `{"type":"shipped"}`, operator, 422, "tracking_missing", "body.carrier"},
		"carrier of a null byte":  {"POST", events, `{"type":"shipped","carrier":"c\u0000j","tracking_number":"1"}`, operator, 422, "invalid", "body.carrier"},
		"packed in the future":    {"POST", events, `{"type":"packed","occurred_at":"2999-01-01T00:00:00Z"}`, operator, 422, "occurs_in_future", "body.occurred_at"},
		"packed before our time":  {"POST", events, `{"type":"packed","occurred_at":"-1-01-01T00:00:00Z"}`, operator, 422, "invalid", "body.occurred_at"},
		"import without a form":   {"POST", "/v1/imports?source=x", "{}", operator, 415, "unsupported_media_type", ""},
		"import of half a form":   {"POST", "/v1/imports?source=x", "--x\r\n", append([]string{"Content-Type", "multipart/form-data; boundary=x"}, operator...), 400, "import_form", ""},
		"import of no source":     {"POST", "/v1/imports?source=A%20B", "--x\r\n", append([]string{"Content-Type", "multipart/form-data; boundary=x"}, operator...), 422, "invalid", "query.source"},
	}
}

func TestAMethodThatIsNotKnownIsAnsweredByThoseThatAre(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e)
		for path, want := range map[string][]string{
			"/v1/orders": {"GET", "POST"}, "/v1/products": {"GET"}, "/v1/skus/TEA/stock": {"PUT"}, "/readyz": {"GET"},
		} {
			a := s.Ask(t, http.MethodPatch, path, "")
			require.Equal(t, http.StatusMethodNotAllowed, a.Status)
			for _, method := range want {
				require.Contains(t, a.Header.Get("Allow"), method, path)
			}
		}
	})
}

// What net/http's client would not send. Each is answered, or the connection is closed; none of it is a
// fault of ours, and the server goes on.
func TestRequestsThatAreHardlyHTTPDoNoHarm(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e)
		s.Offer(t, map[string]int64{"TEA": 10})
		body := shoptest.Buy("TEA", 1).Body()
		head := "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
		length := fmt.Sprintf("Content-Length: %d\r\n", len(body))
		for name, test := range map[string]struct {
			request string
			status  string
		}{
			"the key twice":           {head + length + "Idempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n" + body, "HTTP/1.1 "},
			"the length twice":        {head + length + "Content-Length: 3\r\nIdempotency-Key: c\r\n\r\n" + body, "HTTP/1.1 400"},
			"a body cut short":        {head + "Content-Length: 999\r\nIdempotency-Key: d\r\nConnection: close\r\n\r\n{", "HTTP/1.1 400"},
			"broken chunks":           {head + "Transfer-Encoding: chunked\r\nIdempotency-Key: e\r\n\r\nzz\r\n{", "HTTP/1.1 400"},
			"a length below nothing":  {head + "Content-Length: -1\r\n\r\n", "HTTP/1.1 400"},
			"a header without an end": {head + "X: " + strings.Repeat("x", 100_000) + "\r\n\r\n", "HTTP/1.1 431"},
			"a null byte in a header": {head + "Idempotency-Key: a\x00b\r\n" + length + "\r\n" + body, "HTTP/1.1 400"},
			"no HTTP":                 {"\x16\x03\x01\x00\xa5\x01\x00\x00", "HTTP/1.1 400"},
		} {
			a := raw(t, s, test.request)
			require.True(t, strings.HasPrefix(a, test.status), "%s: %s", name, a)
			require.NotContains(t, a, " 500 ", name)
			requireDiscreet(t, name, shoptest.Answer{Body: a})
		}
		require.Equal(t, "confirmed", s.Place(t, shoptest.Buy("TEA", 1).Waiting(20)).Status)
		require.NotContains(t, s.Log.String(), `"level":"ERROR"`)
	})
}

// raw sends bytes and answers all that comes back until nothing more does.
func raw(t *testing.T, s *shoptest.Server, request string) string {
	t.Helper()
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(shoptest.Patience)))
	_, _ = io.WriteString(conn, request) // the server may refuse to read all of it
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.Proto + " " + response.Status + "\n" + string(text)
}
