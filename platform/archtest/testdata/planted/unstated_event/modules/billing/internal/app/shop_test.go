package app

import "example.com/shop/modules/billing/internal/billingtest"

var facts = billingtest.Facts
