package bus

import (
	_ "example.com/shop"               // want: imports .
	_ "example.com/shop/migrations"    // want: imports migrations
	_ "example.com/shop/modules/order" // want: imports modules/order
)
