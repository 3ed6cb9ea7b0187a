package web

import (
	"context"
	"log/slog"

	"github.com/banyan-commerce/banyan/platform/access"
)

// scope is what a request carries through its context: who calls, and what an answer with an error needs.
type scope struct {
	requestID string
	caller    access.Caller
	draining  <-chan struct{}
	log       *slog.Logger
}

type scopeKey struct{}

func withScope(ctx context.Context, s *scope) context.Context {
	return context.WithValue(ctx, scopeKey{}, s)
}

func scopeOf(ctx context.Context) scope {
	if s, ok := ctx.Value(scopeKey{}).(*scope); ok {
		return *s
	}
	return scope{}
}

// Caller is who sent the request: read in httpapi only, and passed on as an argument.
func Caller(ctx context.Context) access.Caller { return scopeOf(ctx).caller }

// RequestID names the request in logs and answers.
func RequestID(ctx context.Context) string { return scopeOf(ctx).requestID }

// Draining is closed when the server begins to stop, and from the beginning when very many requests for
// the same module are under way: a request that waits for something answers with what there is. Outside a
// request it is nil, which never becomes ready.
func Draining(ctx context.Context) <-chan struct{} { return scopeOf(ctx).draining }

// hurry closes Draining for a request that has not been served yet.
func hurry(ctx context.Context) {
	if s, ok := ctx.Value(scopeKey{}).(*scope); ok {
		now := make(chan struct{})
		close(now)
		s.draining = now
	}
}

func logger(ctx context.Context) *slog.Logger {
	if log := scopeOf(ctx).log; log != nil {
		return log
	}
	return slog.New(slog.DiscardHandler)
}
