package orderfx

import (
	. "go.uber.org/dig" // want: imports go.uber.org/dig
	"go.uber.org/fx"

	"github.com/prometheus/client_golang/prometheus"

	"example.com/shop/modules/catalog"
	"example.com/shop/modules/order/internal/app"
)

func More(container *Container) fx.Option {
	return fx.Module("more",
		fx.Provide(func(prometheus.Registerer) bool { return true }, fx.Private),    // want: takes prometheus.Registerer, a type of a library
		fx.Provide(fetch, fx.Private),                                               // want: takes catalog.Product, which belongs to modules/catalog
		fx.Provide(fx.Annotate(named, fx.ParamTags(`optional:"true"`)), fx.Private), // want: has the tag optional:"true"
		fx.Supply(app.App{}), // want: uses fx.Supply
		fx.Decorate(func(s catalog.Service) catalog.Service { return s }), // want: uses fx.Decorate
		fx.Replace(1),                       // want: uses fx.Replace
		fx.Invoke(func(catalog.Service) {}), // want: uses fx.Invoke
		fx.Populate(new(catalog.Service)),   // want: uses fx.Populate
		fx.Extract(nil),                     // want: uses fx.Extract
	)
}

type request struct{ inherited }

type inherited struct {
	fx.In

	Catalog catalog.Service `name:"catalog"` // want: has the tag name:"catalog"
	Product *catalog.Product
	Stop    fx.Shutdowner // want: uses fx.Shutdowner
}

func fetch(r request) *app.App { return nil }

func named(catalog.Service, []int) {}
