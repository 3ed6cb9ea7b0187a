package telemetry

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
)

// Trace names what a piece of work belongs to, here and in the processes that it calls.
type Trace struct {
	RequestID string // of the request that began it
	Parent    string // a traceparent (W3C Trace Context), passed on as it came: no spans are made here
}

const (
	requestIDHeader = "X-Request-Id"
	parentHeader    = "Traceparent"
)

// ReadTrace takes from the headers of a request what can stand in a log, and leaves out what can't.
func ReadTrace(h http.Header) Trace {
	t := Trace{RequestID: h.Get(requestIDHeader), Parent: h.Get(parentHeader)}
	if len(t.RequestID) > 64 || strings.ContainsFunc(t.RequestID, unusualInID) {
		t.RequestID = ""
	}
	if t.id() == "" {
		t.Parent = ""
	}
	return t
}

func unusualInID(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
}

// Write puts the trace into the headers of a request.
func (t Trace) Write(h http.Header) {
	for name, value := range map[string]string{requestIDHeader: t.RequestID, parentHeader: t.Parent} {
		if value != "" {
			h.Set(name, value)
		}
	}
}

// id is the second part of a traceparent: 32 hexadecimal digits.
func (t Trace) id() string {
	parts := strings.Split(t.Parent, "-")
	if len(parts) != 4 || len(t.Parent) > 64 || len(parts[1]) != 32 || strings.Trim(parts[1], "0123456789abcdef") != "" {
		return ""
	}
	return parts[1]
}

type traceKey struct{}

// WithTrace makes what is done with the context it answers belong to a trace: calls of other processes
// carry it, and all that is logged names it.
func WithTrace(ctx context.Context, t Trace) context.Context {
	ctx = context.WithValue(ctx, traceKey{}, t)
	if t.RequestID != "" {
		ctx = With(ctx, slog.String("request_id", t.RequestID))
	}
	if id := t.id(); id != "" {
		ctx = With(ctx, slog.String("trace_id", id))
	}
	return ctx
}

// TraceOf is what work belongs to; zero if nobody has said.
func TraceOf(ctx context.Context) Trace {
	t, _ := ctx.Value(traceKey{}).(Trace)
	return t
}
