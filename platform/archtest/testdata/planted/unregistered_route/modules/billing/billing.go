package billing

import "example.com/shop/platform/module"

func Manifest() module.Manifest {
	return module.Manifest{
		Name: "billing",
		Routes: []string{
			"GET /v1/bills",
			"post /v1/bills",     // want: declares the route "post /v1/bills", and none of its code registers that
			"GET /v1/bills/{id}", // want: declares the route "GET /v1/bills/{id}"
		},
	}
}
