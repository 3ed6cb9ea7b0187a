package boundary

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
)

// Fenced runs f, and makes its panic an error without a kind, which clients are told nothing of: what
// panics fails, and nobody beside it. The stack is logged here, because the error does not carry it.
func Fenced(ctx context.Context, log *slog.Logger, f func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			log.LogAttrs(ctx, slog.LevelError, "panic", slog.String("module", Module(ctx)),
				slog.Any("error", cause), slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("panic: %v", cause) // not %w: a panic is our mistake, whatever its value says
		}
	}()
	return f()
}

// ErrNoAnswer is returned by Within for what goes on when its time is over.
var ErrNoAnswer = errors.New("no answer in time")

// Within runs f behind a fence, and waits for it no longer than ctx lasts, even if f does. What hangs is
// left behind: f keeps what it holds until it ends.
func Within[R any](ctx context.Context, log *slog.Logger, f func(ctx context.Context) (R, error)) (R, error) {
	type answer struct {
		result R
		err    error
	}
	told := make(chan answer, 1)
	go func() {
		var a answer
		a.err = Fenced(ctx, log, func() (err error) {
			a.result, err = f(ctx)
			return err
		})
		told <- a
	}()
	select {
	case a := <-told:
		return a.result, a.err
	case <-ctx.Done():
		var nothing R
		return nothing, ErrNoAnswer
	}
}
