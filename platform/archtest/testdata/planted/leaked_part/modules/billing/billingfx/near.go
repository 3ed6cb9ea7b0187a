package billingfx

import (
	"context"

	"example.com/shop/platform/boundary"
)

type service struct{ to *boundary.Callee }

func near(to *boundary.Callee) service { return service{to} }

func (s service) Bill(ctx context.Context, order string) error {
	_, err := boundary.Call[int](ctx, s.to, "Bill", nil)
	return err
}

func (s service) Price() {}
