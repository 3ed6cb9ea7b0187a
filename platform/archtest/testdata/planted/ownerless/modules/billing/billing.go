package billing

import "example.com/shop/platform/module"

func Manifest() module.Manifest { // want: names no owner
	return module.Manifest{Name: "billing"}
}
