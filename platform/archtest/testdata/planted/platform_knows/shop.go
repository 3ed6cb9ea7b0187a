package shop

import _ "example.com/shop/modules/order"
