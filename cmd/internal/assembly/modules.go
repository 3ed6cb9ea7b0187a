package assembly

import (
	"context"
	"slices"

	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/catalogfx"
	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/orderfx"
	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/paymentfx"
	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/modules/shipping/shippingfx"
	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/web"
)

// hosted is a module of the shop: what it says of itself, its wiring, and its routes for a process that
// does not host it.
type hosted struct {
	module.Manifest

	wiring     fx.Option
	operations web.Routes
}

// modules is the one list of the shop's modules.
func modules() []hosted {
	return []hosted{
		{catalog.Manifest(), catalogfx.Module(), catalogfx.Operations()},
		{order.Manifest(), orderfx.Module(), orderfx.Operations()},
		{payment.Manifest(), paymentfx.Module(), paymentfx.Operations()},
		{shipping.Manifest(), shippingfx.Module(), shippingfx.Operations()},
	}
}

// Manifests are what the modules say of themselves.
func Manifests() []module.Manifest {
	var list []module.Manifest
	for _, m := range modules() {
		list = append(list, m.Manifest)
	}
	return list
}

// ModuleNames are the names of the modules, which are those of their schemas.
func ModuleNames() []string {
	var names []string
	for _, m := range modules() {
		names = append(names, m.Name)
	}
	return names
}

// Operations are the routes of modules that this process does not host: with them its document is whole, and
// its server forwards what is asked of them (see route.Table).
func Operations(names ...string) []web.Routes {
	var all []web.Routes
	for _, m := range modules() {
		if slices.Contains(names, m.Name) {
			all = append(all, m.operations)
		}
	}
	return all
}

// wiring gives each module its own schema, and nobody else a way to it: what is private is seen by this
// module's constructors alone.
func wiring() fx.Option {
	var all []fx.Option
	for _, m := range modules() {
		all = append(all, fx.Module(m.Name, fx.Provide(schemaOf(m.Name), fx.Private), m.wiring))
	}
	return fx.Options(all...)
}

func schemaOf(name string) func(lc fx.Lifecycle, schemas *sqldb.Schemas) (*sqldb.DB, error) {
	return func(lc fx.Lifecycle, schemas *sqldb.Schemas) (db *sqldb.DB, err error) {
		// The goroutines of its connections, too, are the module's.
		boundary.Do(context.Background(), name, func(ctx context.Context) { db, err = schemas.Open(ctx, name) })
		if err != nil {
			return nil, err
		}
		lc.Append(fx.StopHook(db.Close))
		return db, nil
	}
}
