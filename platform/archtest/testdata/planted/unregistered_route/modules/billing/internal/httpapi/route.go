package httpapi

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"example.com/shop/platform/web"
)

func routes(api huma.API) {
	web.Register(api, huma.Operation{Method: http.MethodGet, Path: "/v1/bills"}, nil)
}
