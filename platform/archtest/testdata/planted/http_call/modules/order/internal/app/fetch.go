package app

import "fmt"

const reservations = "/v1/reservations" // want: writes the route /v1/reservations of module catalog

func fetch(base, id string) []string {
	return []string{
		"http://localhost:8080/v1/products?sku=" + id, // want: writes the route /v1/products of module catalog
		base + "/v1/products/" + id,                   // want: writes the route /v1/products
		fmt.Sprintf("%s/v1/products/%s", base, id),    // want: writes the route /v1/products
		"v1/products",           // want: writes the route /v1/products
		"POST /v1/reservations", // want: writes the route /v1/reservations
		base + reservations,     // want: writes the route /v1/reservations
	}
}
