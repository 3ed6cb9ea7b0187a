package app

import "example.com/shop/modules/billing"

func bill() any { return billing.Billed{} }
