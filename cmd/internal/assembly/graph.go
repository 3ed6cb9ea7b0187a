// Package assembly puts the shop together: the platform, the modules, and the order in which their parts
// begin and end. It is here and not in cmd/banyan because the benchmark runs the same shop.
package assembly

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/directory/monitor"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/ops"
	"github.com/banyan-commerce/banyan/platform/remote"
	"github.com/banyan-commerce/banyan/platform/route"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
	"github.com/banyan-commerce/banyan/platform/telemetry"
	"github.com/banyan-commerce/banyan/platform/web"
)

// Setup is what the program decides.
type Setup struct {
	Config  config.Config
	Tokens  config.Tokens
	Log     *slog.Logger
	Version string        // of the program, for the OpenAPI document
	SQL     sqldb.Options // of every schema; zero but for measurements and tests
	Sandbox string        // where the payment provider's sandbox is; empty: this process serves one
}

// Running is what the started graph tells: where it serves.
type Running struct {
	Address net.Addr
	Server  *web.Server

	CallAddress net.Addr       // where other processes call the modules of this one; nil if nowhere
	Calls       *remote.Server // nil if nowhere
}

// Graph is all that runs in the server. out is filled when it has started.
func Graph(s Setup, out *Running) fx.Option {
	return fx.Options(
		fx.NopLogger, // a graph that does not fit says so in its error
		fx.Supply(s, s.Log, access.NewKeys(string(s.Tokens.Operator), []byte(string(s.Tokens.Secret))), out),
		fx.Provide(
			func() func() time.Time { return time.Now }, //nolint:forbidigo // the one place that chooses the clock
			telemetry.NewMetrics,
			func(r *prometheus.Registry) prometheus.Registerer { return r },
			newSchemas,
			bus.New,
			newDeployment,
			boundary.NewMeter,
			newPeers,
			newPeerServer,
			newPressure,
			newSampler,
			newProcess,
			newReadiness,
			newTable,
			newServer,
		),
		wiring(s),
		fx.Invoke(live),
	)
}

// schemaList remembers the schemas that modules open: the handles themselves are private to them.
type schemaList struct {
	open    []*sqldb.DB
	pending *prometheus.Registry // metrics that ask them
}

func newSchemas(setup Setup, registry prometheus.Registerer, now func() time.Time, log *slog.Logger) (*sqldb.Schemas, *schemaList, error) {
	statements, list := telemetry.NewSQL(), &schemaList{pending: prometheus.NewRegistry()}
	schemas := setup.Config.Schemas()
	schemas.Options = setup.SQL
	schemas.Opened = func(db *sqldb.DB) {
		statements.Watch(db)
		list.open = append(list.open, db)
	}
	pending := ops.NewMetrics(func() []*sqldb.DB { return list.open }, now, log)
	return schemas, list, errors.Join(registry.Register(statements), list.pending.Register(pending))
}

func (l *schemaList) checks(pressure *ops.Pressure) []web.Check {
	var checks []web.Check
	for _, db := range l.open {
		backlog := func(context.Context) error { return pressure.Check(db.Module()) }
		checks = append(checks,
			web.Check{Name: "database of " + db.Module(), Run: reach(db), Part: true},
			web.Check{Name: "outbox of " + db.Module(), Run: backlog, Degrades: true, Limit: true})
	}
	return checks
}

// reach asks a schema as its module's work: where it hangs, profiles tell whose it is.
func reach(db *sqldb.DB) func(ctx context.Context) error {
	return func(ctx context.Context) (err error) {
		boundary.Do(ctx, db.Module(), func(ctx context.Context) { err = bus.Reach(ctx, db) })
		return err
	}
}

// owners are the modules by operation.
func owners(manifests []module.Manifest) map[string]string {
	all := make(map[string]string)
	for _, m := range manifests {
		for _, operation := range m.Routes {
			all[operation] = m.Name
		}
	}
	return all
}

// Served is what modules give the server.
type Served struct {
	fx.In

	Routes []web.Routes `group:"routes"`
}

// newPressure is called after the modules' constructors, as newServer is.
func newPressure(_ Served, setup Setup, schemas *schemaList, now func() time.Time, log *slog.Logger, registry prometheus.Registerer) (*ops.Pressure, error) {
	limits := ops.Limits{Events: setup.Config.OutboxEvents, Bytes: setup.Config.OutboxMiB << 20}
	return ops.NewPressure(schemas.open, limits, now, log, registry)
}

// Working is what modules give the graph to run beside the server.
type Working struct {
	fx.In

	Subscriptions []bus.Subscription `group:"subscriptions"`
	Runners       []*task.Runner     `group:"runners"`
	Demos         []loader           `group:"demo"`
}

// loader fills an empty module with things to try the shop with, and answers how many.
type loader = func(context.Context) (int, error)

// live says in which order things begin; they end in the opposite one. Requests come last and go
// first, so that whoever waits for an order to settle still sees it settle; databases, opened by the
// modules' constructors, close after all.
func live(lc fx.Lifecycle, w Working, setup Setup, b *bus.Bus, to bus.Deployment, pressure *ops.Pressure, sampler *monitor.Sampler, calls *remote.Server, table *route.Table, server *web.Server, log *slog.Logger, out *Running) {
	c := setup.Config
	if c.Embedded() && bool(c.Demo) {
		for _, load := range w.Demos {
			lc.Append(fx.StartHook(func(ctx context.Context) error { return loadDemo(ctx, load, log) }))
		}
	}
	b.Deploy(to)
	lc.Append(fx.StartStopHook(
		func(ctx context.Context) error { return b.Start(ctx, Manifests(), w.Subscriptions) },
		b.Stop,
	))
	for _, r := range w.Runners {
		lc.Append(fx.StartStopHook(r.Start, r.Stop))
	}
	lc.Append(fx.StartStopHook(pressure.Start, pressure.Stop))
	lc.Append(fx.StartStopHook(sampler.Start, sampler.Stop))
	offer(lc, setup, calls, out)
	lc.Append(fx.StartStopHook(table.Start, table.Stop))
	lc.Append(fx.StartStopHook(
		func(ctx context.Context) (err error) {
			out.Server = server
			out.Address, err = server.Start(ctx, c.Addr)
			return err
		},
		func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, c.Drain)
			defer cancel()
			return server.Stop(ctx)
		},
	))
}

func loadDemo(ctx context.Context, load loader, log *slog.Logger) error {
	n, err := load(ctx)
	if err == nil && n > 0 {
		log.InfoContext(ctx, "demo catalogue loaded", slog.Int("products", n))
	}
	return err
}
