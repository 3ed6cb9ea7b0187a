// Package shippingfx puts the shipping module together.
package shippingfx

import (
	"context"
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

// Module needs what the platform supplies, and gives routes and a subscription.
func Module() fx.Option {
	return fx.Module(shipping.Manifest().Name,
		fx.Provide(open, fx.Private),
		fx.Provide(build, fx.Private),
		fx.Provide(
			fx.Annotate(routes, fx.ResultTags(`group:"routes"`)),
			fx.Annotate(subscription, fx.ResultTags(`group:"subscriptions"`)),
		),
	)
}

func open(lc fx.Lifecycle, schemas *sqldb.Schemas) (*sqldb.DB, error) {
	db, err := schemas.Open(context.Background(), shipping.Manifest().Name)
	if err != nil {
		return nil, err
	}
	lc.Append(fx.StopHook(db.Close))
	return db, nil
}

func build(db *sqldb.DB, b *bus.Bus, now func() time.Time) *app.App {
	return app.New(db, b.Publisher(db), now)
}

func routes(a *app.App, keys *access.Keys, now func() time.Time) web.Routes {
	return httpapi.Routes(a, keys, now)
}

func subscription(a *app.App) bus.Subscription { return a.Subscription() }
