package billingfx

import (
	wiring "go.uber.org/fx"

	"example.com/shop/modules/billing"
	"example.com/shop/modules/billing/internal/app"
	"example.com/shop/platform/optionfx" // want: imports platform/optionfx, wiring of the platform
	"example.com/shop/platform/sqldb"
)

type Shown = app.App

func Module() wiring.Option {
	grouped := wiring.Annotate(shown, wiring.ResultTags(`group:"apps"`)) // want: gives app.App to a value group
	constructors := []any{app.New}
	return wiring.Module("billing",
		wiring.Provide(app.New), // want: provides *App to the whole program
		wiring.Provide(
			shown,                             // want: provides *Shown to the whole program
			func() *sqldb.Tx { return nil },   // want: provides *sqldb.Tx to the whole program
			func(a *app.App) any { return a }, // want: provides any to the whole program
			out,                               // want: provides results to the whole program
			app.Of[*app.App],                  // want: something that can't be read
			parts{}.open,                      // want: provides *sqldb.Tx to the whole program
		),
		wiring.Provide(grouped),
		wiring.Provide(
			wiring.Annotate(app.Both, wiring.ResultTags(`group:"apps"`, "")),                   // want: provides *sqldb.Tx to the whole program
			wiring.Annotate(near, wiring.As(new(billing.Service)), wiring.As(new(app.Prices))), // want: provides app.Prices to the whole program
			wiring.Annotate(give, wiring.ResultTags(`group:"handles"`)),                        // want: gives sqldb.Tx to a value group
			wiring.Annotate(app.New, // want: provides *App to the whole program
				wiring.ResultTags("name:\"app\"")), // want: has the tag name:"app"
			wiring.Annotate(app.New, // want: provides a type to the whole program
				wiring.As(wiring.Self())), // want: uses fx.Self
			wiring.Annotate(app.New, // want: something that can't be read
				wiring.OnStart(func() error { return nil })), // want: uses fx.OnStart
		),
		wiring.Provide(constructors...), // want: a list that is put together elsewhere
		optionfx.Supply(app.App{}),
		each(wiring.Provide), // want: takes fx.Provide as a value
	)
}

type parts struct{}

func (parts) open() *sqldb.Tx { return nil }

func Beside() wiring.Option {
	return wiring.Options(wiring.Provide(app.New, wiring.Private)) // want: private outside of fx.Module
}

type results struct {
	wiring.Out // want: uses fx.Out

	App *app.App
}

func out() results { return results{} }

func shown() *Shown { return nil }

func give() map[string][]*sqldb.Tx { return nil }

func each(provide func(...any) wiring.Option) wiring.Option { return provide(app.New) }
