package web

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
)

// Routes registers the operations of one module; wiring collects them in the fx group "routes".
type Routes func(api huma.API)

// DefaultBody is the largest body, in bytes, of an operation that sets no MaxBodyBytes.
const DefaultBody = 1 << 20

// Register declares an operation. What h returns as error becomes a problem document by its fault
// (see package fault); an error without one is logged and answered by a constant 500.
//
// An operation that streams its body (an upload) declares RequestBody, has no Body field, reads
// huma.Context.BodyReader through a resolver, and sets BodyReadTimeout to -1: then neither the time
// limit of requests nor, unless it sets MaxBodyBytes, that of bodies holds for it.
func Register[I, O any](api huma.API, op huma.Operation, h func(ctx context.Context, in *I) (*O, error)) {
	isStream := streams(&op)
	if op.MaxBodyBytes == 0 && !isStream {
		op.MaxBodyBytes = DefaultBody
	}
	if op.MaxBodyBytes > 0 {
		op.MaxBodyBytes++ // huma refuses a body of exactly the limit
	}
	body := op.RequestBody
	if isStream {
		op.RequestBody = nil // huma would read what it knows the schema of, all of it and before h
	}
	huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, problemFrom(ctx, err)
		}
		return out, nil
	})
	if isStream {
		declareBody(api, op, body)
	}
}

// streams says whether the operation reads its body as it comes.
func streams(op *huma.Operation) bool { return op.BodyReadTimeout < 0 }

// declareBody adds the body to an operation that is registered already: to its description, and to
// what the check of the Content-Type looks at, which are the same value.
func declareBody(api huma.API, op huma.Operation, body *huma.RequestBody) {
	path := api.OpenAPI().Paths[op.Path]
	for _, registered := range []*huma.Operation{path.Post, path.Put, path.Patch} {
		if registered != nil && registered.Method == op.Method {
			registered.RequestBody = body
		}
	}
}

// Bearer is the security requirement of an operation that needs a token, for huma.Operation.Security.
func Bearer() []map[string][]string {
	return []map[string][]string{{bearerScheme: {}}}
}

const bearerScheme = "bearer"
