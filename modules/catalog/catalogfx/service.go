package catalogfx

import (
	"context"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/app"
	"github.com/banyan-commerce/banyan/platform/remote"
)

// service is the contract where the catalog is hosted: its app, and for a share of the calls a catalog in another
// process, too. A client of a remote catalog (Remote) stands in its place when the catalog is taken out.
type service struct {
	reserve remote.Shared[catalog.ReserveRequest, catalog.Reservation]
}

func newService(a *app.App, peers *remote.Peers) service {
	return service{reserve: remote.Share(peers.Beside(contract()), reserve(), a.Reserve)}
}

// offered is what other modules get.
func offered(s service) catalog.Service { return s }

// Reserve is catalog.Service.
func (s service) Reserve(ctx context.Context, r catalog.ReserveRequest) (catalog.Reservation, error) {
	return s.reserve.Do(ctx, r)
}

// newServed is what the contract is to other processes. What they ask is done here and sent to nobody else.
func newServed(s service) remote.Served {
	return remote.Serve(contract(), remote.Handle(reserve(), s.reserve.Near))
}
