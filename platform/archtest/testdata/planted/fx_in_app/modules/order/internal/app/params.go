package app

import . "go.uber.org/fx" // want: imports go.uber.org/fx

type Params struct{ In }
