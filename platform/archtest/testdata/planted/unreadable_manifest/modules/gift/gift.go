package gift

import "example.com/shop/platform/module"

func Manifest() module.Manifest { // want: more than return one literal
	m := module.Manifest{Name: "gift"}
	m.Calls = append(m.Calls, "catalog")
	return m
}
