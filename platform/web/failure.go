package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// ErrKeyMissing is returned by operations that must not happen twice when the request has no
// Idempotency-Key header.
var ErrKeyMissing = fault.New(fault.BadRequest, "idempotency_key_missing", "This needs an Idempotency-Key header, so that a repeated request does nothing twice.").
	WithFields(fault.Field{Location: keyLocation, Message: "is missing"})

const keyLocation = "header.Idempotency-Key"

// later is an error with the time after which trying again makes sense.
type later struct {
	error
	after time.Duration
}

func (l later) Unwrap() error { return l.error }

// RetryAfter adds a Retry-After header to the answer that err becomes.
func RetryAfter(err error, after time.Duration) error { return later{err, after} }

// problemFrom makes the answer of an error and logs what the client must not see: the text of
// anything that is no fault of the client.
func problemFrom(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	p = classify(ctx, err)
	p.RequestID = RequestID(ctx)
	var l later
	if errors.As(err, &l) {
		p.retryAfter = l.after
	}
	switch {
	case p.Status == statusClientGone:
		logger(ctx).LogAttrs(ctx, slog.LevelDebug, "client went away", slog.Any("error", err))
	case p.Status == http.StatusServiceUnavailable:
		logger(ctx).LogAttrs(ctx, slog.LevelWarn, "request refused for now", slog.Any("error", err))
	case p.Status >= http.StatusInternalServerError:
		logger(ctx).LogAttrs(ctx, slog.LevelError, "request failed", slog.Any("error", err))
	}
	return p
}

// classify decides by kind. A context that ended decides before that: drivers say it in errors of
// their own, which have none.
func classify(ctx context.Context, err error) *Problem {
	kind := fault.KindOf(err)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return problemOf(statusClientGone)
	case errors.Is(ctx.Err(), context.DeadlineExceeded) && kind == fault.Internal:
		p := problemOf(http.StatusServiceUnavailable)
		p.Code, p.Detail = "timeout", "This took too long and was given up. Repeat it, with the same Idempotency-Key if it had one."
		return p
	case errors.As(err, &tooLarge):
		return problemOf(http.StatusRequestEntityTooLarge)
	case kind == fault.Internal && sqldb.IsInfrastructure(err): // a full disk, a server that is away
		return problemOf(http.StatusServiceUnavailable)
	}
	p := problemOf(status(kind))
	var f *fault.Error
	if kind == fault.Internal || !errors.As(err, &f) {
		return p
	}
	p.Code, p.Detail, p.Errors = f.Code, f.Message, f.Fields
	if f.Details != nil {
		if details, err := json.Marshal(f.Details); err == nil {
			p.Details = details
		}
	}
	return p
}
