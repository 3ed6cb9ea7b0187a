package app

import (
	_ "unsafe" // want: imports unsafe
)

//go:linkname readStock example.com/shop/modules/catalog/internal/store.read // want: to readStock example.com/shop/modules/catalog/internal/store.read
func readStock(sku string) int64

func inside() {
	//go:linkname	now	time.now // want: to now time.now
}
