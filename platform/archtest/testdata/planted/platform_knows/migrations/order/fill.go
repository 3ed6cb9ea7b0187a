package order

import _ "example.com/shop/modules/order" // want: imports modules/order
