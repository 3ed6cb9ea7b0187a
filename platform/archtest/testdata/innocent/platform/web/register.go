package web

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
)

type Routes func(api huma.API)

func Register[I, O any](api huma.API, op huma.Operation, h func(ctx context.Context, in *I) (*O, error)) {
	huma.Register(api, op, h)
}
