package catalogfx

import (
	"context"

	"go.uber.org/fx"

	"example.com/shop/modules/catalog"
	"example.com/shop/modules/catalog/internal/store" // want: in the client of catalog
	"example.com/shop/platform/remote"
)

// Remote stands for Module where the catalog is another process's.
func Remote() fx.Option { return fx.Module("catalog", fx.Provide(newClient)) }

type client struct {
	reserve remote.Call[string, catalog.Product]
}

func newClient(p *remote.Peers) (catalog.Service, error) {
	reserve, err := remote.Bind[string, catalog.Product](p, "Reserve")
	if err != nil {
		return nil, err
	}
	return &client{reserve}, nil
}

func (c *client) Reserve(ctx context.Context, sku string) (catalog.Product, error) {
	return c.reserve.Do(ctx, store.Clean(sku))
}
