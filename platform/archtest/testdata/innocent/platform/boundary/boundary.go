package boundary

import "context"

type Meter struct{}

type Callee struct{}

func (m *Meter) Callee(module string) *Callee { return nil }

func Do(ctx context.Context, module string, f func(ctx context.Context)) { f(ctx) }

func Call[R any](ctx context.Context, to *Callee, method string, f func(ctx context.Context) (R, error)) (R, error) {
	return f(ctx)
}
