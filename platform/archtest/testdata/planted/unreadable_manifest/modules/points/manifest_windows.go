package points

import "example.com/shop/platform/module"

func Manifest() module.Manifest {
	return module.Manifest{Name: "points", Calls: []string{"catalog"}}
}
