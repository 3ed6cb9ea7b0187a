package billingfx

import (
	"go.uber.org/fx"

	"example.com/shop/modules/billing/internal/app"
)

func Module() fx.Option { return fx.Module("billing", fx.Provide(app.New, fx.Private)) }
