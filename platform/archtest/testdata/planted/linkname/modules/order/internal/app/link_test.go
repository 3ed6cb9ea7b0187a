package app

import "unsafe" // want: imports unsafe

//go:linkname placeStock // want: to placeStock
func placeStock()

var _ unsafe.Pointer
