package catalogfx

import (
	"context"

	"go.uber.org/fx"

	"example.com/shop/modules/catalog"
	"example.com/shop/platform/remote"
)

// Far stands for Module where the catalog is another process's.
func Far() fx.Option { return fx.Module("catalog", fx.Provide(newFar)) }

type far struct {
	reserve remote.Call[string, catalog.Product]
}

func newFar() (catalog.Service, error) {
	reserve, err := remote.Bind[string, catalog.Product]("Reserve")
	if err != nil {
		return nil, err
	}
	return &far{reserve}, nil
}

func (f *far) Reserve(ctx context.Context, sku string) (catalog.Product, error) {
	return f.reserve.Do(ctx, sku)
}
