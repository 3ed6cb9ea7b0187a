// Package shippingfx puts the shipping module together.
package shippingfx

import (
	"time"

	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/app"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/httpapi"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/web"
)

// Module needs the module's schema and what the platform supplies, and gives routes and a subscription.
func Module() fx.Option {
	return fx.Module(shipping.Manifest().Name,
		fx.Provide(build, fx.Private),
		fx.Provide(
			fx.Annotate(routes, fx.ResultTags(`group:"routes"`)),
			fx.Annotate(subscription, fx.ResultTags(`group:"subscriptions"`)),
		),
	)
}

func build(db *sqldb.DB, b *bus.Bus, now func() time.Time) *app.App {
	return app.New(db, b.Publisher(db), now)
}

func routes(a *app.App, keys *access.Keys, now func() time.Time) web.Routes {
	return httpapi.Routes(a, keys, now)
}

func subscription(a *app.App) bus.Subscription { return a.Subscription() }
