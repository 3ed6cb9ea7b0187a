package main

import _ "example.com/shop/modules/order/internal/app" // want: the inside of module order
