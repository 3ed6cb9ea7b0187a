package shipping

import (
	"context"

	"example.com/shop/platform/module"
)

type Service interface {
	Do(ctx context.Context, what string) error
}

func Manifest() module.Manifest {
	return module.Manifest{
		Name:  "shipping",
		Calls: []string{"tax"},
	}
}
