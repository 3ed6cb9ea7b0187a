// Package payment is the contract of the payment module: attempts to pay for an order, and an
// append-only ledger from which every amount is recomputed.
package payment

import (
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
)

// ID names one attempt to pay for an order.
type ID struct{ id.UUID }

// ErrNotFound is returned for a payment that does not exist, or is not the caller's to see.
var ErrNotFound = fault.New(fault.NotFound, "payment_not_found", "There is no such payment.")
