package crashpoint_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
)

// What the client buys, what there was of it, and what an order is worth, in won.
const (
	feed = "id,name,price,pieces\nCUP,Cup,500,100\nTEA,Tea,1000,100\n"
	had  = 100

	lines = `[{"sku":"TEA","quantity":2},{"sku":"CUP","quantity":3}]`
	total = 2*1000 + 3*500
)

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

const purchase = `{
	"customer": {"email": "kim@example.com", "name": "Kim"},
	"ship_to": {"name": "Kim", "line1": "1 Sejong-daero", "city": "Seoul", "postal_code": "04524", "country": "KR"},
	"lines": ` + lines + `,
	"payment": {"method": "card", "token": "tok_ok"},
	"expected_total": {"amount": 3500, "currency": "KRW"}
}`

// offer fills an empty shop.
func offer(ctx context.Context, l *life) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, part := range [][2]string{{"mapping", mapping}, {"feed", feed}} {
		w, err := form.CreateFormFile(part[0], part[0])
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, part[1]); err != nil {
			return err
		}
	}
	if err := form.Close(); err != nil {
		return err
	}
	a := l.ask(ctx, http.MethodPost, "/v1/imports?source=crashpoint", body.String(), append(asOperator(), "Content-Type", form.FormDataContentType())...)
	if !strings.Contains(a.body, `"type":"done"`) {
		return fmt.Errorf("import: %s", a.body)
	}
	return nil
}

// errNoAnswer: the program died, or said so often that it can't answer that nobody would ask again.
var errNoAnswer = errors.New("no answer")

const repetitions = 20

// insist repeats a request until it is answered, as whoever sends an idempotent request does. Only an
// answer that promises nothing (503 and the like) is reason to repeat.
func insist(ctx context.Context, l *life, method, path, body string, header ...string) (string, error) {
	var last answer
	for range repetitions {
		last = l.ask(ctx, method, path, body, header...)
		switch {
		case last.done():
			return last.body, nil
		case last.status == 0:
			return "", errNoAnswer
		case last.status < http.StatusInternalServerError:
			return "", fmt.Errorf("%s %s: %d %s", method, path, last.status, last.body)
		}
	}
	return "", fmt.Errorf("%w: %s %s: %d %s", errNoAnswer, method, path, last.status, last.body)
}

// placeAll sends the clients' requests at once, each with its own key, and answers the orders' IDs.
func placeAll(ctx context.Context, l *life, clients int) ([]string, error) {
	ids, errs := make([]string, clients), make([]error, clients)
	var sending sync.WaitGroup
	for i := range clients {
		sending.Go(func() {
			body, err := insist(ctx, l, http.MethodPost, "/v1/orders", purchase, "Idempotency-Key", fmt.Sprintf("client-%d", i))
			var o struct{ ID string }
			errs[i] = decode(body, err, &o)
			ids[i] = o.ID
		})
	}
	sending.Wait()
	return ids, errors.Join(errs...)
}

// decode reads an answer, if there was one.
func decode(body string, failed error, dst any) error {
	if failed != nil {
		return failed
	}
	return json.Unmarshal([]byte(body), dst)
}

// send tells that an order's parcel is packed and gone. The operator says when, so that telling it again
// is no news.
func send(ctx context.Context, l *life, orderID string) error {
	parcels, err := list[parcel](ctx, l, "/v1/shipments?order_id="+orderID)
	if err != nil {
		return err
	}
	if len(parcels) != 1 {
		return fmt.Errorf("order %s has %d shipments", orderID, len(parcels))
	}
	path := "/v1/shipments/" + parcels[0].ID + "/events"
	for _, told := range []string{
		`{"type":"packed","occurred_at":"2026-01-02T03:04:05Z"}`,
		`{"type":"shipped","occurred_at":"2026-01-02T03:04:06Z","carrier":"cj","tracking_number":"` + parcels[0].ID + `"}`,
	} {
		if _, err := insist(ctx, l, http.MethodPost, path, told, asOperator()...); err != nil {
			return err
		}
	}
	return nil
}

func list[T any](ctx context.Context, l *life, path string) ([]T, error) {
	var page struct {
		Items []T
		Next  string `json:"next_cursor"`
	}
	err := look(ctx, l, path, &page)
	if err == nil && page.Next != "" {
		err = fmt.Errorf("%s has more than a page", path)
	}
	return page.Items, err
}

// look reads as the operator.
func look(ctx context.Context, l *life, path string, dst any) error {
	body, err := insist(ctx, l, http.MethodGet, path, "", asOperator()...)
	return decode(body, err, dst)
}
