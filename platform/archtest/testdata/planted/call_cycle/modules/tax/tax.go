package tax

import "example.com/shop/platform/module"

type Service interface{ Do() error }

func Manifest() module.Manifest {
	return module.Manifest{
		Name:  "tax",
		Calls: []string{"billing"},
	}
}
