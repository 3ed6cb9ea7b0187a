package app

import "example.com/shop/modules/tax"

func taxed() any { return tax.Taxed{} }
