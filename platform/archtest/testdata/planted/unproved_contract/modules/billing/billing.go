package billing

import (
	"context"

	"example.com/shop/platform/module"
)

type Service interface { // want: no test of its wiring calls remotetest.Everywhere, remotetest.Complete, remotetest.Golden, Bill
	Bill(ctx context.Context, order string) error
}

func Manifest() module.Manifest { return module.Manifest{Name: "billing"} }
