package acceptance_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// answer is what came back of a request.
type answer struct {
	status int
	header http.Header
	body   string
}

// send asks the server; header holds names and values in turn.
func (s *server) send(ctx context.Context, method, path, body string, header ...string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return do(s.client, r)
}

func do(client *http.Client, r *http.Request) (answer, error) {
	response, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(text)}, err
}

// ask is send where an answer must come.
func (s *server) ask(t *testing.T, method, path, body string, header ...string) answer {
	t.Helper()
	a, err := s.send(t.Context(), method, path, body, header...)
	require.NoError(t, err)
	return a
}

// look reads as the operator what must be there.
func (s *server) look(t *testing.T, path string) answer {
	t.Helper()
	a := s.ask(t, http.MethodGet, path, "", "Authorization", "Bearer "+operatorToken)
	require.Equal(t, http.StatusOK, a.status, "%s: %s", path, a.body)
	return a
}

func decoded[T any](t *testing.T, a answer) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal([]byte(a.body), &v), a.body)
	return v
}

type amount struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

type line struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

type order struct {
	ID          string
	Number      string
	Status      string
	Payment     string `json:"payment_status"`
	Fulfilment  string `json:"fulfilment_status"`
	Lines       []line
	Total       amount
	Payments    []struct{ ID, Status, Code string }
	Shipments   []struct{ ID, Status string }
	PayBefore   time.Time `json:"pay_before"`
	AccessToken string    `json:"access_token"`
}

type payment struct {
	ID      string
	OrderID string `json:"order_id"`
	Status  string
	Amount  amount
	Amounts struct{ Authorised, Captured, Refunded, Voided amount }
	Ledger  []struct {
		Operation    string `json:"operation_id"`
		Kind, Result string
	}
}

type shipment struct {
	ID      string
	OrderID string `json:"order_id"`
	Status  string
	Lines   []line
	Events  []struct{ Type string }
}

type stock struct {
	OnHand    int64 `json:"on_hand"`
	Held      int64
	Allocated int64
	Available int64
}

type entry struct {
	Seq                    int64
	From, To, Cause, Actor string
}

type problem struct {
	Title, Code, Detail string
	Status              int
	Errors              []struct{ Location, Message string }
	Details             json.RawMessage
}

// unitPrice is what each SKU of these tests costs, in KRW, whose minor unit is the won.
const unitPrice = 1000

// purchase is a request to place an order.
type purchase struct {
	lines  []line
	token  string
	prefer string
	key    string
	total  int64 // the one expected; 0: the right one
}

func buy(sku string, quantity int64) purchase {
	return purchase{lines: []line{{sku, quantity}}, token: "tok_ok", key: rand.Text()}
}

func (p purchase) by(token string) purchase { p.token = token; return p }

func (p purchase) waiting(seconds int) purchase {
	p.prefer = fmt.Sprintf("wait=%d", seconds)
	return p
}

func (p purchase) body() string {
	total := p.total
	if total == 0 {
		for _, l := range p.lines {
			total += l.Quantity * unitPrice
		}
	}
	text, _ := json.Marshal(map[string]any{ // plain values: it can't fail
		"customer":       map[string]string{"email": "kim@example.com", "name": "Kim"},
		"ship_to":        map[string]string{"name": "Kim", "line1": "1 Sejong-daero", "city": "Seoul", "postal_code": "04524", "country": "KR"},
		"lines":          p.lines,
		"payment":        map[string]string{"method": "card", "token": p.token},
		"expected_total": amount{total, "KRW"},
	})
	return string(text)
}

// post sends the request; an error says that nobody knows what became of it.
func (s *server) post(ctx context.Context, p purchase) (answer, error) {
	header := []string{"Idempotency-Key", p.key}
	if p.prefer != "" {
		header = append(header, "Prefer", p.prefer)
	}
	return s.send(ctx, http.MethodPost, "/v1/orders", p.body(), header...)
}

// place is a purchase that must be taken.
func (s *server) place(t *testing.T, p purchase) order {
	t.Helper()
	a, err := s.post(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, a.status, a.body)
	return decoded[order](t, a)
}

// placeAll places orders with some clients at once; the answers come in the order of the purchases.
func (s *server) placeAll(t *testing.T, clients int, purchases []purchase) []answer {
	t.Helper()
	answers, errs := make([]answer, len(purchases)), make([]error, len(purchases))
	each(t, clients, len(purchases), func(i int) { answers[i], errs[i] = s.post(t.Context(), purchases[i]) })
	for _, err := range errs {
		require.NoError(t, err)
	}
	return answers
}

// each calls f for 0 to n-1, from some goroutines at once. The test ends if a requirement in f failed.
func each(t *testing.T, goroutines, n int, f func(i int)) {
	t.Helper()
	work := make(chan int, n)
	for i := range n {
		work <- i
	}
	close(work)
	var running sync.WaitGroup
	for range min(goroutines, n) {
		running.Go(func() {
			for i := range work {
				f(i)
			}
		})
	}
	running.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// pay asks for another attempt to pay.
func (s *server) pay(t *testing.T, o order, token string) answer {
	t.Helper()
	return s.ask(t, http.MethodPost, "/v1/orders/"+o.ID+"/payments", `{"method":"card","token":"`+token+`"}`,
		"Idempotency-Key", rand.Text(), "Authorization", "Bearer "+o.AccessToken)
}

func (s *server) cancel(t *testing.T, o order) answer {
	t.Helper()
	return s.ask(t, http.MethodPost, "/v1/orders/"+o.ID+"/cancel", `{"reason":"changed my mind"}`, "Authorization", "Bearer "+o.AccessToken)
}

// order reads an order as the operator does.
func (s *server) order(t *testing.T, id string) order {
	t.Helper()
	return decoded[order](t, s.look(t, "/v1/orders/"+id))
}

// eventually waits until an order is as it should be.
func (s *server) eventually(t *testing.T, id string, as func(order) bool) order {
	t.Helper()
	var last order
	require.Eventually(t, func() bool {
		last = s.order(t, id)
		return as(last)
	}, patience, soon, "order %s stays as it is", id)
	return last
}

func is(status string) func(order) bool { return func(o order) bool { return o.Status == status } }

func (s *server) stock(t *testing.T, sku string) stock {
	t.Helper()
	return decoded[struct{ Stock stock }](t, s.look(t, "/v1/skus/"+sku)).Stock
}

// causes is the timeline in short: the status and what led to it.
func (s *server) causes(t *testing.T, id string) []string {
	t.Helper()
	var told []string
	for i, e := range all[entry](t, s, "/v1/orders/"+id+"/timeline?") {
		require.Equal(t, int64(i+1), e.Seq, "the timeline has no gap")
		told = append(told, e.To+" by "+e.Cause)
	}
	return told
}

// all reads a list of the operator to its end.
func all[T any](t *testing.T, s *server, path string) []T {
	t.Helper()
	var items []T
	for cursor := ""; ; {
		page := decoded[struct {
			Items []T
			Next  string `json:"next_cursor"`
		}](t, s.look(t, path+"limit=200&cursor="+cursor))
		items = append(items, page.Items...)
		if cursor = page.Next; cursor == "" {
			return items
		}
	}
}

// shipmentOf waits for the one shipment of an order.
func (s *server) shipmentOf(t *testing.T, orderID string) shipment {
	t.Helper()
	var found []shipment
	require.Eventually(t, func() bool {
		found = all[shipment](t, s, "/v1/shipments?order_id="+orderID+"&")
		return len(found) > 0
	}, patience, soon, "order %s has no shipment", orderID)
	require.Len(t, found, 1)
	return found[0]
}

// move tells what happened to a shipment.
func (s *server) move(t *testing.T, shipmentID, kind string) answer {
	t.Helper()
	body := `{"type":"` + kind + `"}`
	if kind == "shipped" {
		body = `{"type":"shipped","carrier":"cj","tracking_number":"` + shipmentID + `"}`
	}
	return s.ask(t, http.MethodPost, "/v1/shipments/"+shipmentID+"/events", body, "Authorization", "Bearer "+operatorToken)
}

const mapping = `
format: csv
currency: KRW
fields:
  id: {column: id}
  name: {column: name}
  sku: {column: id}
  price: {column: price}
  stock: {column: pieces}
`

// offer brings SKUs with so many pieces into the shop, by a feed as a partner sends it.
func (s *server) offer(t *testing.T, pieces map[string]int64) {
	t.Helper()
	var feed strings.Builder
	feed.WriteString("id,name,price,pieces\n")
	for _, sku := range slices.Sorted(maps.Keys(pieces)) {
		fmt.Fprintf(&feed, "%s,Product %s,%d,%d\n", sku, sku, unitPrice, pieces[sku])
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, part := range [][2]string{{"mapping", mapping}, {"feed", feed.String()}} {
		w, err := form.CreateFormFile(part[0], part[0])
		require.NoError(t, err)
		_, err = io.WriteString(w, part[1])
		require.NoError(t, err)
	}
	require.NoError(t, form.Close())
	a := s.ask(t, http.MethodPost, "/v1/imports?source=acceptance", body.String(),
		"Content-Type", form.FormDataContentType(), "Authorization", "Bearer "+operatorToken)
	require.Contains(t, a.body, `"type":"done"`)
	require.NotContains(t, a.body, `"type":"rejected"`)
}
