package httpapi

import (
	. "net/http"

	api "github.com/danielgtaylor/huma/v2"

	"example.com/shop/modules/catalog/internal/httpapi/make"
	. "example.com/shop/platform/web"
)

func more(a api.API, s server) {
	Register(a, api.Operation{Method: MethodPut, Path: version + "/stock"}, s.list) // want: registers PUT /v1/stock
	op := make.Operation("DELETE", "/v1/products")
	Register[int, int](a, op, nil)                             // want: registers DELETE /v1/products
	Register(a, secured(op), nil)                              // want: registers DELETE /v1/products
	add(a, "/v1/orders")                                       // want: registers GET /v1/orders
	s.add(a, api.Operation{Path: "/v1/lost", Method: "PATCH"}) // want: registers PATCH /v1/lost
	make.Add(a, "/v1/found")                                   // want: registers HEAD /v1/found
}

func add(a api.API, path string) { adding(a, api.Operation{Path: path, Method: MethodGet}) }

func adding(a api.API, op api.Operation) { Register(a, op, nil) }

func (server) add(a api.API, op api.Operation) { Register(a, secured(op), nil) }
