package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"example.com/shop/platform/web"
)

func Routes(api huma.API) {
	operator(api, get("list-tasks", "/v1/system/tasks"), nil)
}

func get(name, path string) huma.Operation {
	return huma.Operation{OperationID: name, Method: http.MethodGet, Path: path}
}

func operator[I, O any](api huma.API, op huma.Operation, h func(ctx context.Context, in *I) (*O, error)) {
	op.Tags = []string{"system"}
	web.Register(api, op, h)
}
