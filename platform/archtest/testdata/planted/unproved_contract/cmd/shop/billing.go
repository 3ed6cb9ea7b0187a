package main

import _ "example.com/shop/modules/billing/billingfx"
