package httpapi

import (
	. "github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/danielgtaylor/huma/v2/sse"
	server4 "github.com/labstack/echo/v4"
)

type engine = server4.Echo // want: echo/v4.Echo

func past(api API, g *server4.Group) { // want: echo/v4.Group
	Register(api, Operation{Method: "GET", Path: "/v1/secret"}, nil) // want: huma/v2.Register
	put := Put[int, int]                                             // want: huma/v2.Put
	put(api, "/v1/secret", nil)
	sse.Register(api, Operation{Method: "GET", Path: "/v1/secret"}, nil, nil) // want: huma/v2/sse.Register
	api.Adapter().Handle(nil, nil)                                            // want: the method Adapter
	api.OpenAPI().AddOperation(&Operation{})                                  // want: the method AddOperation
	g.GET("/v1/secret", nil)                                                  // want: the method GET
	g.Any(products, nil)                                                      // want: the method Any
	NewGroup(api, "/v1")                                                      // want: huma/v2.NewGroup
	server4.New()                                                             // want: echo/v4.New
	humaecho.UnwrapV4(nil).Echo().Add("GET", "/v1/secret", nil)               // want: the method Echo
}
