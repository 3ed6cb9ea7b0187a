package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/banyan-commerce/banyan/modules/payment/internal/provider"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
)

// Name is stored with each attempt.
const Name = "sandbox"

// patience bounds one call. It is longer than tok_slow and shorter than a task.
const patience = 10 * time.Second

// connections kept open: as many as a runner has tasks in flight.
const connections = 64

// ErrUnreachable is returned when a call has no definite answer.
var ErrUnreachable = fault.New(fault.Unavailable, "provider_unreachable", "The payment provider can't be reached.")

// Client is our side of the sandbox.
type Client struct {
	base string
	http *http.Client
}

var _ provider.Provider = (*Client)(nil)

// NewClient speaks to the sandbox at a base URL such as http://127.0.0.1:4242.
func NewClient(base string) *Client {
	transport := &http.Transport{
		MaxIdleConns: connections, MaxIdleConnsPerHost: connections, IdleConnTimeout: time.Minute,
		DisableCompression: true,
	}
	return &Client{base: base, http: &http.Client{Transport: transport, Timeout: patience}}
}

// Close lets idle connections go.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Name is sandbox.
func (*Client) Name() string { return Name }

// Authorise returns ErrUnreachable.
func (c *Client) Authorise(ctx context.Context, a provider.Authorisation) (provider.Outcome, error) {
	return c.call(ctx, http.MethodPost, "/v1/authorisations", a.Key, authoriseBody{Token: a.Token, Amount: a.Amount})
}

// Query returns provider.ErrUnknownOperation and ErrUnreachable.
func (c *Client) Query(ctx context.Context, key id.UUID) (provider.Outcome, error) {
	return c.call(ctx, http.MethodGet, "/v1/authorisations/"+key.String(), key, nil)
}

// Capture returns ErrUnreachable.
func (c *Client) Capture(ctx context.Context, p provider.Capture) (provider.Outcome, error) {
	path := "/v1/authorisations/" + p.Authorisation.String() + "/capture"
	return c.call(ctx, http.MethodPost, path, p.Key, captureBody{Reference: p.Reference, Amount: p.Amount})
}

// Void returns ErrUnreachable.
func (c *Client) Void(ctx context.Context, v provider.Void) (provider.Outcome, error) {
	path := "/v1/authorisations/" + v.Authorisation.String() + "/void"
	return c.call(ctx, http.MethodPost, path, v.Key, voidBody{Reference: v.Reference})
}

func (c *Client) call(ctx context.Context, method, path string, key id.UUID, body any) (provider.Outcome, error) {
	var text bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&text).Encode(body); err != nil {
			return provider.Outcome{}, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, &text)
	if err != nil {
		return provider.Outcome{}, err
	}
	r.Header.Set(keyHeader, key.String())
	r.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(r)
	if err != nil {
		return provider.Outcome{}, fmt.Errorf("%w (%w)", ErrUnreachable, err)
	}
	defer response.Body.Close()
	return read(response)
}

// read reads the body to its end, so that the connection can be used again.
func read(response *http.Response) (provider.Outcome, error) {
	text, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return provider.Outcome{}, fmt.Errorf("%w (%w)", ErrUnreachable, err)
	}
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return provider.Outcome{}, provider.ErrUnknownOperation
	default:
		return provider.Outcome{}, fmt.Errorf("%w (status %d)", ErrUnreachable, response.StatusCode)
	}
	var a answer
	if err := json.Unmarshal(text, &a); err != nil {
		return provider.Outcome{}, fmt.Errorf("%w (%w)", ErrUnreachable, err)
	}
	return provider.Outcome{
		Done: a.Status == statusDone, Reference: a.Reference, Amount: a.Amount, Code: a.Code, Reason: a.Reason,
	}, nil
}
