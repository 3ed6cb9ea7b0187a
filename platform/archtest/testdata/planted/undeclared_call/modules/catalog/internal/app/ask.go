package app

import "example.com/shop/modules/billing"

func ask(b billing.Prices) {} // want: does not declare that it calls billing
