package shoptest

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
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Answer is what came back of a request.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// OrderID reads the address of a placed order.
func (a Answer) OrderID() string { return a.Header.Get("Location")[len("/v1/orders/"):] }

// Read is the text at a path into the body, such as items, 0, id; empty where there is none.
func (a Answer) Read(path ...string) string {
	var at any
	_ = json.Unmarshal([]byte(a.Body), &at) // what is no JSON holds nothing
	for _, step := range path {
		switch v := at.(type) {
		case map[string]any:
			at = v[step]
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n >= len(v) {
				return ""
			}
			at = v[n]
		default:
			return ""
		}
	}
	text, _ := at.(string)
	return text
}

// Send asks the server; header holds names and values in turn.
func (s *Server) Send(ctx context.Context, method, path, body string, header ...string) (Answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.URL+path, strings.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return do(s.client, r)
}

func do(client *http.Client, r *http.Request) (Answer, error) {
	response, err := client.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return Answer{response.StatusCode, response.Header, string(text)}, err
}

// Ask is send where an answer must come.
func (s *Server) Ask(t *testing.T, method, path, body string, header ...string) Answer {
	t.Helper()
	a, err := s.Send(t.Context(), method, path, body, header...)
	require.NoError(t, err)
	return a
}

// look reads as the operator what must be there.
func (s *Server) look(t *testing.T, path string) Answer {
	t.Helper()
	a := s.Ask(t, http.MethodGet, path, "", "Authorization", "Bearer "+OperatorToken)
	require.Equal(t, http.StatusOK, a.Status, "%s: %s", path, a.Body)
	return a
}

// Decoded reads the body of an answer.
func Decoded[T any](t *testing.T, a Answer) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal([]byte(a.Body), &v), a.Body)
	return v
}

// Post sends the request; an error says that nobody knows what became of it.
func (s *Server) Post(ctx context.Context, p Purchase) (Answer, error) {
	header := []string{"Idempotency-Key", p.key}
	if p.prefer != "" {
		header = append(header, "Prefer", p.prefer)
	}
	return s.Send(ctx, http.MethodPost, "/v1/orders", p.Body(), header...)
}

// Place is a purchase that must be taken.
func (s *Server) Place(t *testing.T, p Purchase) Order {
	t.Helper()
	a, err := s.Post(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, a.Status, a.Body)
	return Decoded[Order](t, a)
}

// PlaceAll places orders with some clients at once; the answers come in the order of the purchases.
func (s *Server) PlaceAll(t *testing.T, clients int, purchases []Purchase) []Answer {
	t.Helper()
	answers, errs := make([]Answer, len(purchases)), make([]error, len(purchases))
	Each(t, clients, len(purchases), func(i int) { answers[i], errs[i] = s.Post(t.Context(), purchases[i]) })
	for _, err := range errs {
		require.NoError(t, err)
	}
	return answers
}

// Each calls f for 0 to n-1, from some goroutines at once. The test ends if a requirement in f failed.
func Each(t *testing.T, goroutines, n int, f func(i int)) {
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

// Pay asks for another attempt to pay.
func (s *Server) Pay(t *testing.T, o Order, token string) Answer {
	t.Helper()
	return s.Ask(t, http.MethodPost, "/v1/orders/"+o.ID+"/payments", `{"method":"card","token":"`+token+`"}`,
		"Idempotency-Key", rand.Text(), "Authorization", "Bearer "+o.AccessToken)
}

// Cancel asks, as the customer, for an order to be cancelled.
func (s *Server) Cancel(t *testing.T, o Order) Answer {
	t.Helper()
	return s.Ask(t, http.MethodPost, "/v1/orders/"+o.ID+"/cancel", `{"reason":"changed my mind"}`, "Authorization", "Bearer "+o.AccessToken)
}

// Order reads an order as the operator does.
func (s *Server) Order(t *testing.T, id string) Order {
	t.Helper()
	return Decoded[Order](t, s.look(t, "/v1/orders/"+id))
}

// Eventually waits until an order is as it should be.
func (s *Server) Eventually(t *testing.T, id string, as func(Order) bool) Order {
	t.Helper()
	var last Order
	require.Eventually(t, func() bool {
		last = s.Order(t, id)
		return as(last)
	}, Patience, Soon, "order %s stays as it is", id)
	return last
}

// Is says, for Eventually, whether an order has a status.
func Is(status string) func(Order) bool { return func(o Order) bool { return o.Status == status } }

// Stock reads what is there of a SKU.
func (s *Server) Stock(t *testing.T, sku string) Stock {
	t.Helper()
	return Decoded[struct{ Stock Stock }](t, s.look(t, "/v1/skus/"+sku)).Stock
}

// Causes is the timeline in short: the status and what led to it.
func (s *Server) Causes(t *testing.T, id string) []string {
	t.Helper()
	var told []string
	for i, e := range All[entry](t, s, "/v1/orders/"+id+"/timeline?") {
		require.Equal(t, int64(i+1), e.Seq, "the timeline has no gap")
		told = append(told, e.To+" by "+e.Cause)
	}
	return told
}

// All reads a list of the operator to its end.
func All[T any](t *testing.T, s *Server, path string) []T {
	t.Helper()
	var items []T
	for cursor := ""; ; {
		page := Decoded[struct {
			Items []T
			Next  string `json:"next_cursor"`
		}](t, s.look(t, path+"limit=200&cursor="+cursor))
		items = append(items, page.Items...)
		if cursor = page.Next; cursor == "" {
			return items
		}
	}
}

// ShipmentOf waits for the one shipment of an order.
func (s *Server) ShipmentOf(t *testing.T, orderID string) Shipment {
	t.Helper()
	var found []Shipment
	require.Eventually(t, func() bool {
		found = All[Shipment](t, s, "/v1/shipments?order_id="+orderID+"&")
		return len(found) > 0
	}, Patience, Soon, "order %s has no shipment", orderID)
	require.Len(t, found, 1)
	return found[0]
}

// Move tells what happened to a shipment.
func (s *Server) Move(t *testing.T, shipmentID, kind string) Answer {
	t.Helper()
	body := `{"type":"` + kind + `"}`
	if kind == "shipped" {
		body = `{"type":"shipped","carrier":"cj","tracking_number":"` + shipmentID + `"}`
	}
	return s.Ask(t, http.MethodPost, "/v1/shipments/"+shipmentID+"/events", body, "Authorization", "Bearer "+OperatorToken)
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

// Offer brings SKUs with so many pieces into the shop, by a feed as a partner sends it.
func (s *Server) Offer(t *testing.T, pieces map[string]int64) {
	t.Helper()
	var feed strings.Builder
	feed.WriteString("id,name,price,pieces\n")
	for _, sku := range slices.Sorted(maps.Keys(pieces)) {
		fmt.Fprintf(&feed, "%s,Product %s,%d,%d\n", sku, sku, UnitPrice, pieces[sku])
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
	a := s.Ask(t, http.MethodPost, "/v1/imports?source=acceptance", body.String(),
		"Content-Type", form.FormDataContentType(), "Authorization", "Bearer "+OperatorToken)
	require.Contains(t, a.Body, `"type":"done"`)
	require.NotContains(t, a.Body, `"type":"rejected"`)
}
