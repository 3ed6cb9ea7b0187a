package catalogfx

import (
	"context"

	"go.uber.org/fx"

	"example.com/shop/modules/catalog"
	"example.com/shop/platform/remote"
)

func Remote() fx.Option {
	return fx.Module("catalog", fx.Provide(newClient))
}

func newClient(p *remote.Peers) catalog.Service { return client{p} }

type client struct{ peers *remote.Peers }

func (client) Reserve(context.Context, string) (catalog.Product, error) {
	return catalog.Product{}, nil
}
