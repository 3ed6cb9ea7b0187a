// Package paymentfx puts the payment module together.
package paymentfx

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/internal/app"
	"github.com/banyan-commerce/banyan/modules/payment/internal/httpapi"
	"github.com/banyan-commerce/banyan/modules/payment/internal/sandbox"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
	"github.com/banyan-commerce/banyan/platform/web"
)

// Config is what the program supplies.
type Config struct {
	Sandbox string // the URL of a sandbox that outlives this process; empty: one is served here
}

// Sandbox is the provider for trying out, for whoever serves it apart from our side.
func Sandbox() http.Handler { return sandbox.New(sandbox.Wait(sandbox.Slow)) }

// Module needs Config, the module's schema and what the platform supplies, and gives routes, a subscription and a runner of tasks.
func Module() fx.Option {
	return fx.Module(payment.Manifest().Name,
		fx.Provide(reachSandbox, fx.Private),
		fx.Provide(build, fx.Private),
		fx.Provide(
			fx.Annotate(routes, fx.ResultTags(`group:"routes"`)),
			fx.Annotate(subscription, fx.ResultTags(`group:"subscriptions"`)),
			fx.Annotate(runner, fx.ResultTags(`group:"runners"`)),
		),
	)
}

// reachSandbox answers our side of the provider for trying out.
func reachSandbox(lc fx.Lifecycle, c Config, log *slog.Logger) (*sandbox.Client, error) {
	if c.Sandbox == "" {
		return serveSandbox(lc, log)
	}
	client := sandbox.NewClient(c.Sandbox)
	lc.Append(fx.StopHook(client.Close))
	return client, nil
}

// serveSandbox starts the provider in this process, before and until after whoever asks it.
func serveSandbox(lc fx.Lifecycle, log *slog.Logger) (*sandbox.Client, error) {
	server, err := sandbox.Listen(context.Background(), sandbox.New(sandbox.Wait(sandbox.Slow)), log)
	if err != nil {
		return nil, err
	}
	client := sandbox.NewClient(server.URL())
	lc.Append(fx.StartStopHook(server.Start, func(ctx context.Context) error {
		client.Close()
		return server.Stop(ctx)
	}))
	return client, nil
}

// parts is the module at work, with the queue that its runner shares.
type parts struct {
	db    *sqldb.DB
	queue *task.Queue
	app   *app.App
}

func build(db *sqldb.DB, b *bus.Bus, client *sandbox.Client, now func() time.Time) parts {
	queue := task.NewQueue(now)
	return parts{db: db, queue: queue, app: app.New(db, b.Publisher(db), queue, client, now)}
}

func routes(p parts, keys *access.Keys) web.Routes { return httpapi.Routes(p.app, keys) }

func subscription(p parts) bus.Subscription { return p.app.Subscription() }

func runner(p parts, now func() time.Time, log *slog.Logger) *task.Runner {
	return task.NewRunner(p.db, p.queue, now, log, p.app.Tasks()...)
}
