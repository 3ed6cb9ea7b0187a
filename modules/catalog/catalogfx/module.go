package catalogfx

import (
	"context"
	"log/slog"
	"time"

	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/app"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/httpapi"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
	"github.com/banyan-commerce/banyan/platform/web"
)

// Module needs the module's schema and what the platform supplies, remote.Peers among it. It provides catalog.Service and all
// that the server collects from a module, and nothing else: whatever feeds no value group is private.
func Module() fx.Option {
	return fx.Module("catalog",
		fx.Provide(newApp, newService, fx.Private),
		fx.Provide(
			offered,
			fx.Annotate(newServed, fx.ResultTags(`group:"contracts"`)),
			fx.Annotate(newRoutes, fx.ResultTags(`group:"routes"`)),
			fx.Annotate(newSubscription, fx.ResultTags(`group:"subscriptions"`)),
			fx.Annotate(newRunner, fx.ResultTags(`group:"runners"`)),
			fx.Annotate(newDemo, fx.ResultTags(`group:"demo"`)),
		),
	)
}

func newApp(db *sqldb.DB, b *bus.Bus, now func() time.Time) *app.App {
	return app.New(db, b.Publisher(db), now)
}

func newRoutes(a *app.App, log *slog.Logger) web.Routes { return httpapi.Routes(a, log) }

func newSubscription(a *app.App) bus.Subscription { return a.Subscription() }

func newRunner(a *app.App, db *sqldb.DB, now func() time.Time, log *slog.Logger) *task.Runner {
	return task.NewRunner(db, task.NewQueue(now), now, log, a.Tasks()...)
}

// newDemo is what fills an empty shop when it starts on the embedded default.
func newDemo(a *app.App) func(context.Context) (int, error) { return a.LoadDemo }
