// Package fault gives every error of the shop a kind, a stable code and a message for clients.
//
// A Kind is itself an error, so that both questions are asked with errors.Is:
//
//	errors.Is(err, fault.Conflict)        // what kind of trouble?
//	errors.Is(err, catalog.ErrOutOfStock) // which one exactly?
//
// A sentinel is declared once, beside the contract it belongs to. A copy of it with details or bad
// fields still Is the sentinel, because identity is kind and code: that is what survives a wire.
package fault

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Kind is the sort of trouble; one table in package web maps it to an HTTP status.
type Kind string

// The kinds. An error without one counts as Internal.
const (
	BadRequest      Kind = "bad_request"     // the request can't be read
	Invalid         Kind = "invalid"         // read, but a field has a value that can't be
	Unauthenticated Kind = "unauthenticated" // who is calling is not known
	Forbidden       Kind = "forbidden"       // known, and not allowed
	NotFound        Kind = "not_found"
	Conflict        Kind = "conflict"    // the state of things does not allow it
	TooLarge        Kind = "too_large"   // a body or a batch over its limit
	Unavailable     Kind = "unavailable" // try again later
	Internal        Kind = "internal"    // our mistake
)

// Error makes a Kind usable with errors.Is.
func (k Kind) Error() string { return string(k) }

// Field is one bad field of a request.
type Field struct {
	Location string `json:"location"` // for example body.lines[0].quantity
	Message  string `json:"message"`  // never repeats the submitted value: it may be a secret
}

// Error is a fault with an identity (Kind and Code) and a message for clients.
type Error struct {
	Kind    Kind
	Code    string // stable, snake_case
	Message string // one sentence for clients
	Fields  []Field
	Details any // serialisable; after a wire it is json.RawMessage: read it with Details
}

// New declares a sentinel.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Error is the text for logs.
func (e *Error) Error() string {
	text := e.Code + ": " + e.Message
	for _, f := range e.Fields {
		text += fmt.Sprintf(" [%s: %s]", f.Location, f.Message)
	}
	return text
}

// Is compares by kind and code, so that copies and errors read off a wire are still the sentinel.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error) // errors.Is unwraps; this compares one level
	return ok && t.Kind == e.Kind && t.Code == e.Code
}

// Unwrap makes errors.Is(err, fault.NotFound) hold.
func (e *Error) Unwrap() error { return e.Kind }

// WithFields returns a copy that names bad fields.
func (e *Error) WithFields(fields ...Field) *Error {
	c := *e
	c.Fields = append(append([]Field(nil), e.Fields...), fields...)
	return &c
}

// WithDetails returns a copy that carries details: a serialisable struct, by value.
func (e *Error) WithDetails(details any) *Error {
	c := *e
	c.Details = details
	return &c
}

// WithMessage returns a copy with another message, for the same code said more exactly.
func (e *Error) WithMessage(format string, args ...any) *Error {
	c := *e
	c.Message = fmt.Sprintf(format, args...)
	return &c
}

// KindOf is the kind of err; Internal if it has none.
func KindOf(err error) Kind {
	var kind Kind
	if errors.As(err, &kind) {
		return kind
	}
	return Internal
}

// Details reads the details of err as a T, on either side of a wire.
func Details[T any](err error) (T, bool) {
	var zero T
	var e *Error
	if !errors.As(err, &e) {
		return zero, false
	}
	switch d := e.Details.(type) {
	case T:
		return d, true
	case json.RawMessage:
		var v T
		if json.Unmarshal(d, &v) != nil {
			return zero, false
		}
		return v, true
	}
	return zero, false
}
