package billingfx // want: no program takes it

import "go.uber.org/fx"

func Module() fx.Option { return fx.Module("billing") }
