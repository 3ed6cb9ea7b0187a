package web

import "strings"

func slow(path string) bool { return strings.HasPrefix(path, "/v1/products") } // want: writes the route /v1/products of module catalog
