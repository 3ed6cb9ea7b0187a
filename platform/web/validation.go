package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/banyan-commerce/banyan/platform/fault"
)

// maxErrors bounds the list of bad fields: a body of a megabyte could have a hundred thousand.
const maxErrors = 50

// installed guards the variables of package huma by which a program replaces its error type.
var installed sync.Once //nolint:gochecknoglobals // they are global themselves, and servers of parallel tests share them

func install() {
	installed.Do(func() {
		huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
			return problemOfHuma(context.Background(), status, "", errs)
		}
		huma.NewErrorWithContext = func(c huma.Context, status int, message string, errs ...error) huma.StatusError {
			return problemOfHuma(c.Context(), status, message, errs)
		}
		huma.DefaultArrayNullable = false // a list is a list; null is a bad value for it
	})
}

// problemOfHuma replaces huma's own errors. Of its texts it keeps those that describe the rule, and
// drops those that repeat the value: it may be a token.
func problemOfHuma(ctx context.Context, status int, message string, errs []error) *Problem {
	if status >= http.StatusInternalServerError {
		err := errors.Join(errs...)
		if message != "cannot read request body" {
			return problemFrom(ctx, err)
		}
		status = unreadable(err)
	}
	p := problemOf(status)
	p.RequestID = RequestID(ctx)
	p.Errors = fieldsOf(errs)
	if message == "request body is required" {
		p.Errors = append(p.Errors, fault.Field{Location: "body", Message: "is required"})
	}
	if (status == http.StatusBadRequest || status == http.StatusUnprocessableEntity) && keyMissing(p.Errors) {
		key := problemFrom(ctx, ErrKeyMissing)
		key.Errors = p.Errors
		return key
	}
	return p
}

// unreadable is the status for a body whose reading failed: cut short, badly chunked, or too long.
func unreadable(err error) int {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, context.Canceled):
		return statusClientGone
	}
	return http.StatusBadRequest
}

func keyMissing(fields []fault.Field) bool {
	for _, f := range fields {
		if f.Location == keyLocation && strings.HasPrefix(f.Message, "required") {
			return true
		}
	}
	return false
}

func fieldsOf(errs []error) []fault.Field {
	var fields []fault.Field
	for _, err := range errs {
		var own *fault.Error
		var detail huma.ErrorDetailer
		switch {
		case errors.As(err, &own):
			fields = append(fields, own.Fields...)
		case errors.As(err, &detail):
			d := detail.ErrorDetail()
			fields = append(fields, fault.Field{Location: d.Location, Message: withoutValue(d.Message)})
		}
		if len(fields) >= maxErrors {
			return fields[:maxErrors]
		}
	}
	return fields
}

// withoutValue cuts what the standard library said of a value (it quotes it) off huma's message.
func withoutValue(message string) string {
	for _, quoting := range []string{
		"expected string to be RFC", "expected string to be regex", "expected duration", "invalid value",
		"unknown content type", "cannot read multipart form", "invalid JSON",
	} {
		if strings.HasPrefix(message, quoting) {
			rule, _, _ := strings.Cut(message, ": ")
			return rule
		}
	}
	return message
}
