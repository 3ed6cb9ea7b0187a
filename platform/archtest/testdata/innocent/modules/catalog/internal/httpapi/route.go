package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"example.com/shop/modules/catalog/internal/app"
	"example.com/shop/modules/catalog/internal/core"
	"example.com/shop/platform/web"
)

func New(*app.App) web.Routes {
	s := server{}
	return func(api huma.API) {
		web.Register(api, huma.Operation{Method: http.MethodGet, Path: products}, s.list)
		web.Register(api, secured(creating("/reservations")), s.reserve)
	}
}

const version = "/v1"

const products = version + "/products"

func creating(path string) huma.Operation {
	return huma.Operation{Method: "POST", Path: version + path}
}

func secured(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{{"bearer": nil}}
	return op
}

type server struct{}

func (server) list(context.Context, *core.Stock) (*core.Stock, error) { return nil, nil }

func (server) reserve(context.Context, *core.Stock) (*core.Stock, error) { return nil, nil }

// A request may be looked at; only who serves it is told by web.Register.
func header(c echo.Context) string { return c.Request().Header.Get("X-GET") }
