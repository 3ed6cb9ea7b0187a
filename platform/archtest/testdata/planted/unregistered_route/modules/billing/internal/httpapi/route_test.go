package httpapi

import (
	"github.com/danielgtaylor/huma/v2"

	"example.com/shop/platform/web"
)

func more(api huma.API) {
	web.Register(api, huma.Operation{Method: "GET", Path: "/v1/bills/{id}"}, nil)
}
