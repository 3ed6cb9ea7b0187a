package orderfx

import (
	"context"

	"go.uber.org/fx"

	"example.com/shop/modules/order/internal/app"
	"example.com/shop/platform/bus"
	"example.com/shop/platform/task"
)

const runners = `group:"runners"`

func Collect(tags []string) fx.Option {
	return fx.Module("collected",
		fx.Provide(fx.Annotate(each, fx.ParamTags(tags...)), fx.Private),     // want: provides something that can't be read
		fx.Provide(fx.Annotate(each, fx.ParamTags("", tags[0])), fx.Private), // want: provides something that can't be read
		fx.Provide(all, fx.Private),
		fx.Provide(fx.Annotate(each,
			fx.ParamTags("", runners), // want: takes a value group, which only cmd collects
			fx.ResultTags(`group:"routes"`)), fx.Private),
	)
}

type inherited struct {
	fx.In

	Subscriptions []bus.Subscription            `group:"subscriptions"` // want: takes a value group, which only cmd collects
	Load          []func(context.Context) error `group:"demo,soft"`     // want: takes a value group, which only cmd collects
}

type others struct{ inherited }

func all(o others) *app.App { return nil }

func each(a *app.App, all []*task.Runner) int { return 0 }
