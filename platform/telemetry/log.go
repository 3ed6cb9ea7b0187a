// Package telemetry makes what an operator looks at: the log and the metrics. Both are passed as
// arguments; nothing here is global.
package telemetry

import (
	"context"
	"io"
	"log/slog"
)

// Format is the form of log lines.
type Format string

// The formats: JSON for machines, text for a terminal.
const (
	JSON Format = "json"
	Text Format = "text"
)

// NewLog writes lines of at least a level to w. A line carries the attributes that With put into the
// context that it was logged with.
func NewLog(w io.Writer, level slog.Level, format Format) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if format == Text {
		return slog.New(contextual{slog.NewTextHandler(w, o)})
	}
	return slog.New(contextual{slog.NewJSONHandler(w, o)})
}

type attributesKey struct{}

// With adds attributes to all that is logged with the context it answers.
func With(ctx context.Context, attributes ...slog.Attr) context.Context {
	before, _ := ctx.Value(attributesKey{}).([]slog.Attr)
	all := append(before[:len(before):len(before)], attributes...)
	return context.WithValue(ctx, attributesKey{}, all)
}

// contextual adds the attributes of the context to each record.
type contextual struct{ slog.Handler }

func (h contextual) Handle(ctx context.Context, r slog.Record) error {
	if attributes, ok := ctx.Value(attributesKey{}).([]slog.Attr); ok {
		r.AddAttrs(attributes...)
	}
	return h.Handler.Handle(ctx, r)
}

func (h contextual) WithAttrs(attributes []slog.Attr) slog.Handler {
	return contextual{h.Handler.WithAttrs(attributes)}
}

func (h contextual) WithGroup(name string) slog.Handler {
	return contextual{h.Handler.WithGroup(name)}
}
