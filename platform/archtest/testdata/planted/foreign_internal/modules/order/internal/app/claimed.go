package app

//line ../../../catalog/internal/app/reserve.go:7
import _ "example.com/shop/modules/catalog/internal/store" // want: the inside of module catalog
