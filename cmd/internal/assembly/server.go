package assembly

import (
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/directory/monitor"
	"github.com/banyan-commerce/banyan/platform/directory/readiness"
	"github.com/banyan-commerce/banyan/platform/ops"
	"github.com/banyan-commerce/banyan/platform/ops/httpapi"
	"github.com/banyan-commerce/banyan/platform/remote"
	"github.com/banyan-commerce/banyan/platform/route"
	"github.com/banyan-commerce/banyan/platform/route/board"
	"github.com/banyan-commerce/banyan/platform/web"
)

// house is what the server answers for.
type house struct {
	fx.In
	Served

	Setup     Setup
	Keys      *access.Keys
	Schemas   *schemaList
	Bus       *bus.Bus
	Pressure  *ops.Pressure
	Process   *monitor.Process
	Readiness *readiness.Desk
	Book      *route.Book
	Table     *route.Table
	Peers     *remote.Peers
	Log       *slog.Logger
	Metrics   *prometheus.Registry
	Now       func() time.Time
}

// newServer is called after the modules' constructors, whose routes it takes: every schema is open by then.
func newServer(h house) *web.Server {
	return web.New(web.Options{
		Keys: h.Keys, Log: h.Log, Metrics: h.Metrics, Asked: h.Schemas.pending, Now: h.Now, Version: h.Setup.Version,
		Routes: slices.Concat(h.Routes, Operations(away(h.Setup.Config)...), h.system()),
		Checks: slices.Concat(h.Schemas.checks(h.Pressure), inSight(h.Setup.Config, h.Table, h.Peers)),
		Admit:  h.Pressure.Admit, Owners: owners(served()), Route: h.Table.Pass,
	})
}

// system is what no module answers.
func (h house) system() []web.Routes {
	return []web.Routes{
		httpapi.Routes(ops.New(h.Schemas.open, h.Bus, h.Now), h.Now),
		monitor.Routes(h.Process), readiness.Routes(h.Readiness), board.Routes(h.Book, h.Table, ModuleNames()),
	}
}
