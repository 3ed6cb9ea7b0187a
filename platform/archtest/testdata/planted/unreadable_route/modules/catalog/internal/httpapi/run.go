package httpapi

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"example.com/shop/platform/web"
)

type table struct{ operation huma.Operation }

func run(api huma.API, t table, prefix string) {
	for _, op := range []huma.Operation{{Method: "GET", Path: "/v1/products"}} {
		web.Register(api, op, nil) // want: method or path can't be read
	}
	web.Register(api, t.operation, nil)                                                   // want: method or path can't be read
	web.Register(api, huma.Operation{Method: "GET", Path: strings.ToLower("/V1/X")}, nil) // want: method or path can't be read
	web.Register(api, huma.Operation{Path: "/v1/products"}, nil)                          // want: method or path can't be read
	web.Register(api, huma.Operation{Method: "GET", Path: prefix + "/products"}, nil)     // want: method or path can't be read
	web.Register(api, moved(huma.Operation{Method: "GET", Path: "/v1/products"}), nil)    // want: method or path can't be read
	web.Register(api, either(prefix == ""), nil)                                          // want: method or path can't be read
	op := huma.Operation{Method: "GET", Path: "/v1/products"}
	op.Path = prefix
	web.Register(api, op, nil) // want: method or path can't be read
	lent := huma.Operation{Method: "GET", Path: "/v1/products"}
	redirect(&lent)
	web.Register(api, lent, nil)       // want: method or path can't be read
	register := web.Register[int, int] // want: takes web.Register as a value
	register(api, creating("/secret"), nil)
	passed(api, prefix)
	ranged := huma.Operation{Method: "GET", Path: "/v1/products"}
	for _, ranged.Path = range []string{"/v1/secret"} {
		web.Register(api, ranged, nil) // want: method or path can't be read
	}
}

func moved(op huma.Operation) huma.Operation {
	op.Path = "/v1/moved"
	return op
}

func either(first bool) huma.Operation {
	if first {
		return creating("/products")
	}
	return creating("/reservations")
}

func redirect(op *huma.Operation) { op.Path = "/v1/secret" }

func passed(api huma.API, path string) {
	web.Register(api, huma.Operation{Method: "GET", Path: path}, nil) // want: method or path can't be read
}
