package ordertest

import (
	"reflect"

	"example.com/shop/modules/catalog"
)

// Stand-ins of tests, which go into no program, are kept as tests like it.
var fakes = map[string]catalog.Service{}

func Register(name string, fake catalog.Service) {
	fakes[name] = fake
	go reflect.ValueOf(fake).Kind()
}
