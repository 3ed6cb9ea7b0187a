package orderfx

import (
	"go.uber.org/fx"

	"example.com/shop/modules/order"
	"example.com/shop/modules/order/internal/app"
)

func Module() fx.Option {
	return fx.Module("order",
		fx.Provide(app.New, fx.Private),
		fx.Provide(fx.Annotate(give, fx.As(new(order.Service)))),
	)
}

func give(a *app.App) *app.App { return a }
