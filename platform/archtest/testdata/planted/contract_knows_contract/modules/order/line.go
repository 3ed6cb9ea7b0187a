package order

import "example.com/shop/modules/catalog" // want: imports example.com/shop/modules/catalog

type Gift struct{ Product catalog.ProductID } // want: is a type of example.com/shop/modules/catalog
