package bus_test

import (
	_ "example.com/shop/migrations"
	_ "example.com/shop/modules/order" // want: imports modules/order
)
