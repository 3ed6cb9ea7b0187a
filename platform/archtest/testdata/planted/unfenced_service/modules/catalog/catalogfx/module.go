package catalogfx

import (
	"log/slog"
	"time"

	"go.uber.org/fx"

	"example.com/shop/modules/catalog/internal/app"
	"example.com/shop/modules/catalog/internal/httpapi"
	"example.com/shop/platform/bus"
)

func Module() fx.Option {
	return fx.Module("catalog",
		fx.Provide(app.New, sorted, fx.Private),
		fx.Provide(
			newService, // want: gives catalog.Service out
			fx.Annotate(httpapi.New, fx.ResultTags(`group:"routes"`)),
			fx.Annotate(subscription, fx.ResultTags(`group:"subscriptions"`)),
		),
	)
}

func subscription(p parts) bus.Subscription { return p.App.Subscription() }

type parts struct {
	fx.In

	App    *app.App
	Log    *slog.Logger
	Sorted app.Order
}

// What the module makes itself it may take, whatever that is.
func sorted(c Config, now func() time.Time, prices app.Prices) app.Order {
	return func() bool { return true }
}

// Config is plain data in all its parts.
type Config struct {
	Hold    time.Duration
	Level   catalog.Level
	Pages   []app.Page
	Sandbox string
	Prices  app.Prices
}
