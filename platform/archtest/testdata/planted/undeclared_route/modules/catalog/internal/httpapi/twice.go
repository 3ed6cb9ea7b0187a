package httpapi

import (
	"github.com/danielgtaylor/huma/v2"

	"example.com/shop/platform/web"
)

func twice(api huma.API) {
	web.Register(api, creating("/reservations"), nil) // want: registers POST /v1/reservations, which
}
