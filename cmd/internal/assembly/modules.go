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
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/web"
)

// hosted is a module of the shop: what it says of itself, its wiring, and what stands in its place where
// another process hosts it: for modules here that call it, and for the server, which forwards its operations.
type hosted struct {
	module.Manifest

	wiring, remote fx.Option
	operations     web.Routes
}

// modules is the one list of the shop's modules.
func modules() []hosted {
	return []hosted{
		{catalog.Manifest(), catalogfx.Module(), catalogfx.Remote(), catalogfx.Operations()},
		{order.Manifest(), orderfx.Module(), nil, orderfx.Operations()},
		{payment.Manifest(), paymentfx.Module(), nil, paymentfx.Operations()},
		{shipping.Manifest(), shippingfx.Module(), nil, shippingfx.Operations()},
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

// here are the modules that this process hosts.
func here(c config.Config) []hosted {
	return slices.DeleteFunc(modules(), func(m hosted) bool { return !c.Hosts(m.Name) })
}

// Hosted are the manifests of the modules in this process.
func Hosted(c config.Config) []module.Manifest {
	var list []module.Manifest
	for _, m := range here(c) {
		list = append(list, m.Manifest)
	}
	return list
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

// away are the names of the modules that other processes host.
func away(c config.Config) []string {
	return slices.DeleteFunc(ModuleNames(), c.Hosts)
}

// wiring gives each module its own schema, and nobody else a way to it: what is private is seen by this
// module's constructors alone.
func wiring(c config.Config) fx.Option {
	var all []fx.Option
	for _, m := range modules() {
		switch {
		case c.Hosts(m.Name):
			all = append(all, fx.Module(m.Name, fx.Provide(schemaOf(m.Name), fx.Private), m.wiring))
		case called(c, m.Name):
			all = append(all, m.remote)
		}
	}
	return fx.Options(all...)
}

// called says whether a module in this process calls the contract of another.
func called(c config.Config, callee string) bool {
	return slices.ContainsFunc(here(c), func(m hosted) bool { return slices.Contains(m.Calls, callee) })
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
