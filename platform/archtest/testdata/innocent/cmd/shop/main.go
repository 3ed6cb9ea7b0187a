package main

import (
	"os"

	"go.uber.org/fx"

	"example.com/shop/modules/catalog/catalogfx"
	"example.com/shop/modules/order/orderfx"
)

func main() {
	if os.Getenv("SHOP_DB") != "" {
		fx.New(catalogfx.Module(), orderfx.Module()).Run()
	}
}
