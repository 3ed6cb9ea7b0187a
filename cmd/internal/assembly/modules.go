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

// hosted is a module of the shop: what it says of itself, its wiring with the settings that are its own, and
// what stands in its place where another process hosts it: for modules here that call it, and for the
// server, which forwards its operations.
type hosted struct {
	module.Manifest

	wiring     fx.Option // nil: its code is in another repository, and no process of this program hosts it
	settings   func(Setup) fx.Option
	remote     fx.Option
	operations web.Routes
}

// modules is the one list of the shop's modules. Its fields are named because banyan extract reads it, and
// writes the list of a program that has the code of one of them.
func modules() []hosted {
	return []hosted{
		{Manifest: catalog.Manifest(), wiring: catalogfx.Module(), remote: catalogfx.Remote(), operations: catalogfx.Operations()},
		{Manifest: order.Manifest(), wiring: orderfx.Module(), settings: orderSettings, operations: orderfx.Operations()},
		{Manifest: payment.Manifest(), wiring: paymentfx.Module(), settings: paymentSettings, operations: paymentfx.Operations()},
		{Manifest: shipping.Manifest(), wiring: shippingfx.Module(), operations: shippingfx.Operations()},
	}
}

func orderSettings(s Setup) fx.Option { return fx.Supply(orderfx.Config{Hold: s.Config.Hold}) }

func paymentSettings(s Setup) fx.Option { return fx.Supply(paymentfx.Config{Sandbox: s.Sandbox}) }

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
	return slices.DeleteFunc(modules(), func(m hosted) bool { return m.wiring == nil || !c.Hosts(m.Name) })
}

// served are the manifests of the modules whose operations the server knows: it serves or forwards them.
func served() []module.Manifest {
	var list []module.Manifest
	for _, m := range modules() {
		if m.operations != nil {
			list = append(list, m.Manifest)
		}
	}
	return list
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
		if slices.Contains(names, m.Name) && m.operations != nil {
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
func wiring(s Setup) fx.Option {
	var all []fx.Option
	for _, m := range modules() {
		switch {
		case m.wiring != nil && s.Config.Hosts(m.Name):
			all = append(all, fx.Module(m.Name, fx.Provide(schemaOf(m.Name), fx.Private), m.wiring))
			if m.settings != nil {
				all = append(all, m.settings(s))
			}
		case called(s.Config, m.Name):
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
