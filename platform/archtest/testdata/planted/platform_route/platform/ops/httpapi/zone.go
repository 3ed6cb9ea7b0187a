package httpapi

import (
	"github.com/danielgtaylor/huma/v2"

	"example.com/shop/platform/web"
)

func more(api huma.API) {
	operator(api, get("get-product", "/v1/products/"), nil)       // want: registers GET /v1/products/, which modules/catalog
	web.Register(api, get("list-tasks", "/v1/system/tasks"), nil) // want: registers GET /v1/system/tasks, which platform
}
