package httpapi

import (
	"github.com/danielgtaylor/huma/v2"

	"example.com/shop/platform/web"
)

func routes(api huma.API) {
	web.Register(api, huma.Operation{Method: "GET", Path: "/v1/bills"}, nil)
	web.Register(api, huma.Operation{Method: "GET", Path: "/v1/products/"}, nil)
}
