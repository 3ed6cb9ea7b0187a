// Package orderfx wires the order module into the program.
package orderfx

import (
	"log/slog"
	"time"

	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/order/internal/app"
	"github.com/banyan-commerce/banyan/modules/order/internal/httpapi"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
	"github.com/banyan-commerce/banyan/platform/web"
)

// Config is what the program supplies: the operator's settings for orders.
type Config = app.Config

// Module needs Config, the module's schema, catalog.Service and what the platform supplies, and gives
// routes, a subscription and a runner of tasks.
func Module() fx.Option {
	return fx.Module("order",
		fx.Provide(newOrders, fx.Private),
		fx.Provide(
			fx.Annotate(newRoutes, fx.ResultTags(`group:"routes"`)),
			fx.Annotate(newSubscription, fx.ResultTags(`group:"subscriptions"`)),
			fx.Annotate(newRunner, fx.ResultTags(`group:"runners"`)),
		),
	)
}

func newOrders(
	db *sqldb.DB, b *bus.Bus, service catalog.Service, keys *access.Keys,
	now func() time.Time, log *slog.Logger, c Config,
) *app.Orders {
	return app.New(db, b.Publisher(db), service, keys, now, log, c)
}

func newRoutes(orders *app.Orders) web.Routes { return httpapi.Routes(orders) }

func newSubscription(orders *app.Orders) bus.Subscription { return orders.Subscription() }

func newRunner(orders *app.Orders, db *sqldb.DB, now func() time.Time, log *slog.Logger) *task.Runner {
	return task.NewRunner(db, task.NewQueue(now), now, log, orders.Tasks()...)
}
