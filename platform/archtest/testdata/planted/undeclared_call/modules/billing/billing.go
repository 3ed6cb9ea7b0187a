package billing

import "example.com/shop/platform/module"

type Prices interface{ Price(sku string) int64 }

type Service interface{ Bill() error }

func Manifest() module.Manifest {
	return module.Manifest{Name: "billing"}
}
