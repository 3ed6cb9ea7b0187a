package billing

import (
	"context"

	"example.com/shop/platform/module"
)

type Service interface {
	Bill(ctx context.Context, order string) error
}

func Manifest() module.Manifest { return module.Manifest{Name: "billing"} }
