package optionfx

import "go.uber.org/fx"

func Supply(values ...any) fx.Option { return fx.Supply(values...) }
