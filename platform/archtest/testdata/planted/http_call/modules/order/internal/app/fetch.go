package app

import (
	"fmt"
	"net/url"
)

const reservations = "/v1/reservations" // want: writes the route /v1/reservations of module catalog

func fetch(base, id string) []string {
	return []string{
		"http://localhost:8080/v1/products?sku=" + id, // want: writes the route /v1/products of module catalog
		base + "/v1/products/" + id,                   // want: writes the route /v1/products
		fmt.Sprintf("%s/v1/products/%s", base, id),    // want: writes the route /v1/products
		"v1/products",                           // want: writes the route /v1/products
		"POST /v1/reservations",                 // want: writes the route /v1/reservations
		"http://shop.internal:8080/v1/products", // want: writes the route /v1/products
		"http://10.0.0.7/v1/products",           // want: writes the route /v1/products
		joined(base, id),
		base + reservations, // want: writes the route /v1/reservations
	}
}

func joined(base, id string) string {
	at, _ := url.JoinPath(base, "v1", "products", id) // want: writes the route /v1/products
	again, _ := url.JoinPath(base, "/v1/products")    // want: writes the route /v1/products
	u, _ := url.Parse(base)
	return at + again + u.JoinPath("v1", "reservations").String() // want: writes the route /v1/reservations
}
