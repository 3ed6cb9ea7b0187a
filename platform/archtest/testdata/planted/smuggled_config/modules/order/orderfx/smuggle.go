package orderfx

import (
	"context"
	"sync"

	"go.uber.org/fx"

	"example.com/shop/modules/order/internal/app"
	"example.com/shop/platform/id"
)

func Supplied() fx.Option {
	return fx.Module("supplied",
		fx.Provide(func(app.Schema) bool { return true }, fx.Private),              // want: takes app.Schema, which the module does not make itself and which is no plain data: sqldb.DB
		fx.Provide(func(c *Config) int { return 1 }, fx.Private),                   // want: no plain data: func(...)
		fx.Provide(func(refunder) uint { return 1 }, fx.Private),                   // want: takes refunder, which the module does not make itself and which is no plain data: refunder, which is an interface
		fx.Provide(func(context.Context, *sync.Map) int8 { return 1 }, fx.Private), // want: is a type of
		fx.Provide(func(func(id.UUID) error) int16 { return 1 }, fx.Private),       // want: is a function
		fx.Provide(func(all request) int32 { return 1 }, fx.Private),               // want: is an interface
		fx.Provide(func(map[string]chan int) int64 { return 1 }, fx.Private),       // want: is a channel
		fx.Provide(func(hook) string { return "" }, fx.Private),                    // want: takes hook
		fx.Provide(func(bool, int, uint, fx.Lifecycle) rune { return 1 }, fx.Private),
	)
}

type Config struct {
	Name string
	More struct {
		Paid func(order id.UUID) (bool, error)
	}
}

type refunder interface {
	Refund(ctx context.Context, order id.UUID) error
}

type hook func()

type request struct {
	fx.In

	Anything any
}
