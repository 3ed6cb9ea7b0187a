package app

import (
	"context"

	"example.com/shop/modules/catalog"
	"example.com/shop/platform/boundary"
)

func (a *App) Reserve(ctx context.Context, sku string) (p catalog.Product, err error) { return p, err }

type Fenced struct{}

func (Fenced) Reserve(ctx context.Context, sku string) (catalog.Product, error) {
	return boundary.Call[catalog.Product](ctx, nil, "Reserve", nil)
}
