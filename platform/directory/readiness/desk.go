package readiness

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/directory/monitor"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/web"
)

// ErrNoModule is returned for a name that no module has.
var ErrNoModule = fault.New(fault.NotFound, "module_not_found", "There is no such module.")

// Options are what a desk reports from.
type Options struct {
	Process  *monitor.Process
	Figures  prometheus.Gatherer // the process's metrics; it should ask no database
	Schemas  []*sqldb.DB
	Scripts  func(module string) (fs.FS, error) // its migrations
	Settings Settings
	Path     Path
	Now      func() time.Time
}

// Desk reports on the modules of a process. What was counted counts from its making on.
type Desk struct {
	Options
	since time.Time
}

// NewDesk makes it, when the process begins.
func NewDesk(o Options) *Desk { return &Desk{o, o.Now()} }

// Report is of one module, with predictions by the reference costs. It returns ErrNoModule, and errors of the
// schema and of metrics.
func (d *Desk) Report(ctx context.Context, name string) (Report, error) {
	modules := d.Process.Document(ctx)
	m, known := modules.Find(name)
	if !known {
		return Report{}, ErrNoModule
	}
	figures, err := gather(d.Figures)
	if err != nil {
		return Report{}, err
	}
	o := observer{figures: figures, modules: modules, module: m, path: d.Path}
	o.countOrders()
	r := Report{Module: name, Calls: o.calls(), Events: o.events(), Journey: o.journey()}
	r.Edges = o.edges(r.Calls, r.Events)
	r.Observed = Observed{
		Since: d.since, Seconds: d.Now().Sub(d.since).Seconds(), Unit: d.Path.Begins, Orders: o.orders,
		Nothing: len(r.Calls)+len(r.Events) == 0, Hosts: d.Settings.Hosts,
	}
	if r.Data, err = d.data(ctx, m); err != nil {
		return Report{}, fmt.Errorf("readiness of %s: %w", name, err)
	}
	r = r.Predict(Reference())
	r.Decisions = decide(r, m, d.Settings)
	r.Verdicts = verdicts(r.Decisions)
	return r, nil
}

// data is nil for a module of another process.
func (d *Desk) data(ctx context.Context, m directory.Module) (*Data, error) {
	i := slices.IndexFunc(d.Schemas, func(db *sqldb.DB) bool { return db.Module() == m.Name })
	if i < 0 {
		return nil, nil //nolint:nilnil // there is none, and that is no mistake
	}
	scripts, err := d.Scripts(m.Name)
	if err != nil {
		return nil, err
	}
	return readData(ctx, d.Schemas[i], m, scripts)
}

// Route is where the report on a module is served.
func Route(module string) string { return monitor.Path + "/" + module + "/readiness" }

type input struct {
	Module string `path:"module"`
}

type output struct{ Body Report }

// Routes serves reports to the operator.
func Routes(d *Desk) web.Routes {
	return func(api huma.API) {
		web.Register(api, huma.Operation{
			OperationID: "module-readiness", Method: http.MethodGet, Path: "/v1/system/modules/{module}/readiness",
			Summary:     "Read whether a module is ready to be taken out, and what that would cost",
			Description: "Figures are those of this process since it began. What was not observed is missing.",
			Tags:        []string{"system"}, Security: web.Bearer(),
		}, func(ctx context.Context, in *input) (*output, error) {
			if err := web.Caller(ctx).RequireOperator(); err != nil {
				return nil, err
			}
			r, err := d.Report(ctx, in.Module)
			return &output{r}, err
		})
	}
}
