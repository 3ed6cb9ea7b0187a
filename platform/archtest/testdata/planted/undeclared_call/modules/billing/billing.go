package billing

import (
	"context"

	"example.com/shop/platform/module"
)

type Prices interface {
	Price(ctx context.Context, sku string) (int64, error)
}

type Service interface {
	Bill(ctx context.Context, order string) error
}

func Manifest() module.Manifest {
	return module.Manifest{Name: "billing"}
}
