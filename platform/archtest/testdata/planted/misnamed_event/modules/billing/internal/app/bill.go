package app

import "example.com/shop/modules/billing"

func bill() billing.Billed { return billing.Billed{} }
