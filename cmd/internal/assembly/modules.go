package assembly

import (
	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/catalogfx"
	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/orderfx"
	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/paymentfx"
	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/modules/shipping/shippingfx"
	"github.com/banyan-commerce/banyan/platform/module"
)

// Manifests and wiring are the two places that list the modules of the shop.
func Manifests() []module.Manifest {
	return []module.Manifest{catalog.Manifest(), order.Manifest(), payment.Manifest(), shipping.Manifest()}
}

func wiring() fx.Option {
	return fx.Options(catalogfx.Module(), orderfx.Module(), paymentfx.Module(), shippingfx.Module())
}

// ModuleNames are the names of the modules, which are those of their schemas.
func ModuleNames() []string {
	var names []string
	for _, m := range Manifests() {
		names = append(names, m.Name)
	}
	return names
}
