// Package customer is a customer of a shop that is measured, and the goods that he orders.
package customer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/banyan-commerce/banyan/cmd/internal/scrape"
	"github.com/banyan-commerce/banyan/platform/id"
)

// Client is one customer: its own connection, kept alive. Its methods are for one goroutine.
type Client struct {
	url  string
	HTTP *http.Client
	body bytes.Buffer // of the last answer
}

// New is a customer of the shop at a URL.
func New(url string) *Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 1, DisableCompression: true}
	return &Client{url: url, HTTP: &http.Client{Transport: transport, Timeout: 40 * time.Second}}
}

// ErrAnswer says that the shop answered something else than what was asked for.
var ErrAnswer = errors.New("unexpected answer")

// do answers the body, which is valid until the next call. Another status than wanted is an error.
func (c *Client) do(r *http.Request, want int) ([]byte, http.Header, error) {
	response, err := c.HTTP.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	c.body.Reset()
	if _, err := io.Copy(&c.body, response.Body); err != nil {
		return nil, nil, err
	}
	if response.StatusCode != want {
		return nil, nil, fmt.Errorf("%w: %s %s: %d %.300s", ErrAnswer, r.Method, r.URL.Path, response.StatusCode, c.body.Bytes())
	}
	return c.body.Bytes(), response.Header, nil
}

// Get reads a path; token may be empty.
func (c *Client) Get(ctx context.Context, path, token string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+path, nil)
	if err != nil {
		return nil, err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	body, _, err := c.do(r, http.StatusOK)
	return body, err
}

// Place orders one piece of each SKU and answers the order's ID. With wait the shop answers when the
// order is confirmed; one that is not within 10 s is an error.
func (c *Client) Place(ctx context.Context, skus []string, wait bool) (string, error) {
	key := id.New().String()
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"customer":{"email":"kim-%s@example.com","name":"Kim"},`, key[28:])
	b.WriteString(`"ship_to":{"name":"Kim","line1":"1 Sejong-daero","city":"Seoul","postal_code":"04524","country":"KR"},"lines":[`)
	for i, sku := range skus {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"sku":%q,"quantity":1}`, sku)
	}
	b.WriteString(`],"payment":{"method":"card","token":"tok_ok"},"currency":"EUR"}`)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/v1/orders", &b)
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", key)
	if wait {
		r.Header.Set("Prefer", "wait=10")
	}
	body, header, err := c.do(r, http.StatusCreated)
	if err != nil {
		return "", err
	}
	if wait && !bytes.Contains(body, []byte(`"status":"confirmed"`)) {
		return "", fmt.Errorf("%w: the order is not confirmed: %.300s", ErrAnswer, body)
	}
	location := header.Get("Location")
	if len(location) < 36 {
		return "", fmt.Errorf("%w: Location %q", ErrAnswer, location)
	}
	return location[len(location)-36:], nil
}

// Metrics reads the counters of the shop.
func (c *Client) Metrics(ctx context.Context) (scrape.Metrics, error) {
	body, err := c.Get(ctx, "/metrics", "")
	if err != nil {
		return nil, err
	}
	all, err := scrape.Read(bytes.NewReader(body))
	return all.Only("banyan_"), err
}
