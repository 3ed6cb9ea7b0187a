package catalogfx

import (
	"context"

	"go.uber.org/fx"

	"example.com/shop/modules/catalog"
	"example.com/shop/modules/catalog/internal/app"
	"example.com/shop/platform/boundary"
)

type service struct{ app *app.App }

func newService(a *app.App, m *boundary.Meter) catalog.Service { return service{a} }

func (s service) Reserve(ctx context.Context, sku string) (catalog.Product, error) {
	return s.app.Reserve(ctx, sku)
}

func Unfenced() fx.Option {
	return fx.Module("unfenced",
		fx.Provide(newService), // want: gives catalog.Service out, and no method Reserve of its wiring is seen to call boundary.Call
		fx.Provide(func(a *app.App) catalog.Service { return a }),    // want: gives catalog.Service out
		fx.Provide(fx.Annotate(inside, fx.As(new(catalog.Service)))), // want: gives catalog.Service out
		fx.Provide(either), // want: gives catalog.Service out
	)
}

func inside() app.Fenced { return app.Fenced{} }

func either(first bool) catalog.Service {
	if first {
		return service{}
	}
	return fenced{}
}

type fenced struct{ to *boundary.Callee }

func (f fenced) Reserve(ctx context.Context, sku string) (catalog.Product, error) {
	return boundary.Call[catalog.Product](ctx, f.to, "Reserve", nil)
}
