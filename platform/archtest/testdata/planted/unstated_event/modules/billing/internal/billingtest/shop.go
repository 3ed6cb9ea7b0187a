package billingtest

import (
	"example.com/shop/modules/billing"
	"example.com/shop/modules/order"
)

// What tests alone import is in no program.
func Facts() []any { return []any{billing.Billed{}, order.Cancelled{}} }
