package rest

import "github.com/danielgtaylor/huma/v2"

func Serve(api huma.API, path string) {
	huma.Get[int, int](api, path, nil) // want: huma/v2.Get
}
