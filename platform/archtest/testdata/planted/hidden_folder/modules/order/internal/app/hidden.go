package app

import (
	_ "example.com/shop/modules/order/internal/app/testdata/stock" // want: pass over
	_ "example.com/shop/modules/order/internal/nowhere"            // want: without Go files
)
