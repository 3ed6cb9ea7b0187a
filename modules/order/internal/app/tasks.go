package app

import (
	"context"

	"github.com/banyan-commerce/banyan/platform/task"
)

// Tasks are the durable tasks of the module.
func (a *Orders) Tasks() []task.Handler {
	return []task.Handler{
		{
			Kind: "order.expire", Every: expireEvery,
			Run: func(ctx context.Context, _ task.Lease) error { return a.ExpireDue(ctx) },
		},
		{
			Kind: "order.forget_keys", Every: forgetEvery,
			Run: func(ctx context.Context, _ task.Lease) error { return a.ForgetKeys(ctx) },
		},
	}
}
