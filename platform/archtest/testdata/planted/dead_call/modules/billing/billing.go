package billing

import "example.com/shop/platform/module"

func Manifest() module.Manifest {
	return module.Manifest{
		Name: "billing",
		Calls: []string{
			"catalog", // want: none of its code uses catalog.Service
			"catalgo", // want: there is no such module
			"billing", // want: calls itself
		},
	}
}
