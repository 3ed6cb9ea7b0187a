package rehearsal_test

import "github.com/banyan-commerce/banyan/cmd/banyan/shoptest"

func planted() []shoptest.Patch { return nil }
