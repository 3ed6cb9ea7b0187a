package catalogfx

import (
	"context"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/app"
	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/remote"
)

// service is the near end of the contract: what other modules get. A client of a
// remote catalog (Remote) stands in its place when the catalog is taken out.
type service struct {
	app *app.App
	to  *boundary.Callee
}

func newService(a *app.App, m *boundary.Meter) catalog.Service {
	return service{app: a, to: m.Callee(catalog.Manifest().Name)}
}

// Reserve is catalog.Service.
func (s service) Reserve(ctx context.Context, r catalog.ReserveRequest) (catalog.Reservation, error) {
	return boundary.Call(ctx, s.to, "Reserve", func(ctx context.Context) (catalog.Reservation, error) {
		return s.app.Reserve(ctx, r)
	})
}

// newServed is what the contract's service, metered and fenced, is to other processes.
func newServed(s catalog.Service) remote.Served {
	return remote.Serve(contract(), remote.Handle(reserve(), s.Reserve))
}
