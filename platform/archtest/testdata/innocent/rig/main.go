package main

import (
	"os"

	"go.uber.org/fx"

	"example.com/shop/modules/catalog"
	"example.com/shop/modules/catalog/catalogfx"
	"example.com/shop/platform/sqldb"
)

// A rig is a program: it puts parts together, reads the environment and may keep what it likes.
var started = map[string]catalog.Product{}

func main() {
	var _ sqldb.Tx
	if os.Getenv("SHOP_DB") != "" {
		go fx.New(catalogfx.Module()).Run()
	}
}
