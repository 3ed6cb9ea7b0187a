package billingfx

import (
	"context"

	"go.uber.org/fx"

	"example.com/shop/modules/billing"
	"example.com/shop/platform/boundary"
)

func Module() fx.Option { return fx.Module("billing", fx.Provide(newService)) }

type service struct{ to *boundary.Callee }

func newService(m *boundary.Meter) billing.Service { return service{m.Callee("billing")} }

func (s service) Bill(ctx context.Context, order string) error {
	_, err := boundary.Call[int](ctx, s.to, "Bill", nil)
	return err
}
