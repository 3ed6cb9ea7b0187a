package main

import (
	_ "example.com/shop/cmd/shop"
	_ "example.com/shop/modules/catalog"
	_ "example.com/shop/modules/catalog/catalogfx"
	_ "example.com/shop/modules/catalog/internal/store" // want: the inside of module catalog
)
