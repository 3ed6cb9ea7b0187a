package orderfx

import (
	"go.uber.org/fx"

	"example.com/shop/modules/order/internal/app"
)

var Module = fx.Module("order", fx.Provide(app.New))
