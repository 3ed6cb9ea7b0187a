package points

import "example.com/shop/platform/module"

func Manifest() module.Manifest { // want: more than once, for different systems
	return module.Manifest{Name: "points"}
}
