package app

import (
	"context"

	"github.com/banyan-commerce/banyan/platform/task"
)

// Tasks are the durable tasks of the catalog.
func (a *App) Tasks() []task.Handler {
	return []task.Handler{
		{
			Kind:  "catalog.expire_holds",
			Every: expiryEvery,
			Run: func(ctx context.Context, _ task.Lease) error {
				_, err := a.ExpireHolds(ctx)
				return err
			},
		},
		{
			Kind:  "catalog.forget_holds",
			Every: forgetEvery,
			Run: func(ctx context.Context, _ task.Lease) error {
				_, err := a.ForgetHolds(ctx)
				return err
			},
		},
	}
}
