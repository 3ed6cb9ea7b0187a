// Package httpapi serves the catalogue: reading for anybody, stock and imports for the operator.
package httpapi

import (
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/app"
	"github.com/banyan-commerce/banyan/platform/web"
)

// Routes are the operations of the module.
func Routes(a *app.App, log *slog.Logger) web.Routes {
	s := server{app: a, log: log}
	return func(api huma.API) {
		web.Register(api, huma.Operation{
			OperationID: "list-products", Method: http.MethodGet, Path: "/v1/products", Tags: []string{"catalogue"},
			Summary: "List and search products", Description: "In the order in which they were added. Descriptions are left out.",
		}, s.list)
		web.Register(api, huma.Operation{
			OperationID: "get-product", Method: http.MethodGet, Path: "/v1/products/{id}", Tags: []string{"catalogue"},
			Summary: "Read a product with its variants",
		}, s.product)
		web.Register(api, huma.Operation{
			OperationID: "get-sku", Method: http.MethodGet, Path: "/v1/skus/{sku}", Tags: []string{"catalogue"},
			Summary: "Read a variant", Description: "The operator also sees how its stock is made up.",
		}, s.sku)
		web.Register(api, huma.Operation{
			OperationID: "list-categories", Method: http.MethodGet, Path: "/v1/categories", Tags: []string{"catalogue"},
			Summary: "List all categories", Description: "Sorted by path: a category stands before those below it.",
		}, s.categories)
		web.Register(api, huma.Operation{
			OperationID: "set-stock", Method: http.MethodPut, Path: "/v1/skus/{sku}/stock", Tags: []string{"catalogue"},
			Summary: "Say how many pieces are there", Description: "Not fewer than are promised to orders.",
			Security: web.Bearer(),
		}, s.setStock)
		web.Register(api, importOperation(), s.importFeed)
	}
}

type server struct {
	app *app.App
	log *slog.Logger
}
