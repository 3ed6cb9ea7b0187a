package catalog

import . "example.com/shop/modules/catalog/internal/core" // want: is a contract and imports example.com/shop/modules/catalog/internal/core

type Promise = Stock // want: is a type of example.com/shop/modules/catalog/internal/core

type Held struct {
	Stock // want: is a type of example.com/shop/modules/catalog/internal/core
}

func Promised(sku string) []Stock { return nil } // want: is a type of example.com/shop/modules/catalog/internal/core
