package billing

import "example.com/shop/platform/module"

func Manifest() module.Manifest {
	return module.Manifest{
		Name: "billing",
		Calls: []string{
			"order",
			"order", // want: declares the entry "order", which billing declares already
		},
		Listens: []string{
			"order.placed",
			"order.closed",
			"order." + "placed", // want: declares the entry "order.placed"
		},
		Routes: []string{
			"GET /v1/bills/{id}",
			"GET /v1/bills/{number}", // want: declares the route "GET /v1/bills/{number}"
		},
		Tables: []string{"bill", "bill"}, // want: declares the entry "bill"
	}
}
