package web

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/banyan-commerce/banyan/platform/fault"
)

// statusClientGone is what nginx calls 499: nobody is there to read the answer. It appears in logs
// and metrics only.
const statusClientGone = 499

// Problem is what every answer with an error carries (RFC 9457): those of operations, of validation,
// of the router and of the panic fence. Code is stable, Detail is a sentence for people.
type Problem struct {
	Type      string          `json:"type" doc:"Always about:blank: the code says what it is." example:"about:blank"`
	Title     string          `json:"title" doc:"The text of the HTTP status."`
	Status    int             `json:"status" doc:"The HTTP status."`
	Detail    string          `json:"detail" doc:"A sentence for people."`
	Code      string          `json:"code" doc:"What went wrong, stable and in snake_case." example:"out_of_stock"`
	Errors    []fault.Field   `json:"errors,omitempty" doc:"Each bad field of the request."`
	Details   json.RawMessage `json:"details,omitempty" doc:"What a program needs to react; its form belongs to the code."`
	RequestID string          `json:"request_id,omitempty" doc:"Name it when you ask the operator."`

	retryAfter time.Duration
}

var _ interface {
	huma.StatusError
	huma.HeadersError
	huma.ContentTypeFilter
} = (*Problem)(nil)

// Error makes a Problem usable as huma's error.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus is the HTTP status, for huma.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType replaces the negotiated one, for huma.
func (*Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders are the headers that belong to the status (RFC 9110), for huma.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.retryAfter+time.Second-1)/time.Second)))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	return h
}

// status is the one table from kinds of fault to HTTP.
func status(k fault.Kind) int {
	switch k {
	case fault.BadRequest:
		return http.StatusBadRequest
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusInternalServerError
}

// problemOf is the constant problem of a status: it says nothing of the request or of our insides.
func problemOf(status int) *Problem {
	p := &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status}
	switch status {
	case http.StatusBadRequest:
		p.Code, p.Detail = "bad_request", "The request can't be read."
	case http.StatusUnauthorized:
		p.Code, p.Detail = "unauthenticated", "This needs a token in the Authorization header."
	case http.StatusForbidden:
		p.Code, p.Detail = "forbidden", "This token does not give access to that."
	case http.StatusNotFound:
		p.Code, p.Detail = "not_found", "There is nothing at this address."
	case http.StatusMethodNotAllowed:
		p.Code, p.Detail = "method_not_allowed", "This address knows other methods; the Allow header lists them."
	case http.StatusRequestTimeout:
		p.Code, p.Detail = "request_timeout", "The request did not arrive in time."
	case http.StatusConflict:
		p.Code, p.Detail = "conflict", "The state of things does not allow this."
	case http.StatusRequestEntityTooLarge:
		p.Code, p.Detail = "too_large", "The request is larger than allowed."
	case http.StatusUnsupportedMediaType:
		p.Code, p.Detail = "unsupported_media_type", "The body needs a Content-Type that this operation reads."
	case http.StatusUnprocessableEntity:
		p.Code, p.Detail = "invalid", "Some fields have values that can't be."
	case http.StatusServiceUnavailable:
		p.Code, p.Detail, p.retryAfter = "unavailable", "Try again in a moment.", time.Second
	case statusClientGone:
		p.Title, p.Code, p.Detail = "Client Closed Request", "client_gone", "The client went away."
	default:
		if status >= http.StatusBadRequest && status < http.StatusInternalServerError {
			p.Code, p.Detail = "refused", "The request was refused."
			break
		}
		p.Code, p.Detail = "internal", "Something went wrong on our side; it has been logged under the request ID."
	}
	return p
}
