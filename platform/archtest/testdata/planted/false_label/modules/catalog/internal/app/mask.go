package app

import (
	"context"

	label "example.com/shop/platform/boundary"
)

func as(ctx context.Context, m *label.Meter) {
	label.Do(ctx, "order", func(context.Context) {}) // want: says by boundary.Do whose work begins
	m.Callee("order")                                // want: answers calls under a name that is not seen to be its own
}
