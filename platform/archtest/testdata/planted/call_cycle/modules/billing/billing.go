package billing

import "example.com/shop/platform/module"

type Service interface{ Bill() error }

func Manifest() module.Manifest {
	return module.Manifest{
		Name:  "billing",
		Calls: []string{"shipping"}, // want: billing -> shipping -> tax -> billing
	}
}
