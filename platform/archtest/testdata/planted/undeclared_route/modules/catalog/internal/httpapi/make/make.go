package make

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"example.com/shop/platform/web"
)

func Operation(method, path string) huma.Operation {
	return huma.Operation{Method: method, Path: path}
}

func Add(api huma.API, path string) {
	web.Register(api, Operation(http.MethodHead, path), nil)
}
