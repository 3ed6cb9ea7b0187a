package billing

import (
	"context"

	"example.com/shop/platform/module"
)

type Service interface {
	Bill(ctx context.Context, what string) error
}

func Manifest() module.Manifest {
	return module.Manifest{
		Name:  "billing",
		Calls: []string{"shipping"}, // want: billing -> shipping -> tax -> billing
	}
}
