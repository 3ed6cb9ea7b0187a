package order

import "example.com/shop/modules/catalog" // want: imports example.com/shop/modules/catalog

type Line struct{ Product catalog.ProductID }
