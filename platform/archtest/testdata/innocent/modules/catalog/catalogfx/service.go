package catalogfx

import (
	"context"

	"example.com/shop/modules/catalog"
	"example.com/shop/modules/catalog/internal/app"
	"example.com/shop/platform/boundary"
)

type service struct {
	app *app.App
	to  *boundary.Callee
}

func newService(a *app.App, m *boundary.Meter) catalog.Service {
	near := service{app: a, to: m.Callee(catalog.Manifest().Name)}
	return near
}

func (s service) Reserve(ctx context.Context, sku string) (catalog.Product, error) {
	return boundary.Call(ctx, s.to, "Reserve", func(context.Context) (catalog.Product, error) {
		return catalog.Product{}, nil
	})
}
