package orderfx

import (
	"context"

	"go.uber.org/fx"

	"example.com/shop/modules/order"
	"example.com/shop/modules/order/internal/app"
	"example.com/shop/platform/boundary"
)

func Module() fx.Option {
	return fx.Module("order",
		fx.Provide(app.New, fx.Private),
		fx.Provide(fx.Annotate(give, fx.As(new(order.Service)))),
	)
}

type near struct {
	reading

	to *boundary.Callee
}

type reading struct{ to *boundary.Callee }

func give(a *app.App, m *boundary.Meter) (*near, error) {
	to := m.Callee("order")
	return &near{reading{to}, to}, nil
}

func (n near) Read(ctx context.Context, id order.ID) (order.View, error) {
	return boundary.Call(ctx, n.to, "Read", func(context.Context) (v order.View, err error) { return v, err })
}

func (n near) Close(ctx context.Context, r order.CloseRequest) error {
	_, err := boundary.Call[int](ctx, n.to, "Close", nil)
	return err
}

func (r reading) List(ctx context.Context, page order.Page) ([]order.View, error) {
	return boundary.Call[[]order.View](ctx, r.to, "List", nil)
}
