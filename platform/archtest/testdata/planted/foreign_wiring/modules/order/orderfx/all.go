package orderfx

import (
	_ "example.com/shop/cmd/shop"                  // want: imports cmd/shop
	_ "example.com/shop/modules/catalog/catalogfx" // want: the wiring of module catalog
)
