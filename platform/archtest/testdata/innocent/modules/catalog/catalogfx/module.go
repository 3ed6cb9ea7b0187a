package catalogfx

import (
	"time"

	"go.uber.org/fx"

	"example.com/shop/modules/catalog"
	"example.com/shop/modules/catalog/internal/app"
	"example.com/shop/modules/catalog/internal/httpapi"
	"example.com/shop/platform/bus"
)

func Module() fx.Option {
	return fx.Module("catalog",
		fx.Provide(func() func() time.Time { return time.Now }, fx.Private),
		fx.Provide(app.New, fx.Private),
		fx.Provide(
			func(a *app.App) catalog.Service { return a },
			fx.Annotate(httpapi.New, fx.ResultTags(`group:"routes"`)),
			fx.Annotate(subscription, fx.ResultTags(`group:"subscriptions"`)),
		),
	)
}

func subscription(p parts) bus.Subscription { return p.App.Subscription() }

type parts struct {
	fx.In

	App     *app.App
	Metrics []func() `group:"metrics"`
}
