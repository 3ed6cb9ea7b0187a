// Package order is the contract of the order module: what a customer asked for and how far it has
// come. It asks catalog for stock, and after that only states facts.
package order

import (
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
)

// ID names an order.
type ID struct{ id.UUID }

// ErrNotFound is returned for an order that does not exist, or is not the caller's to see.
var ErrNotFound = fault.New(fault.NotFound, "order_not_found", "There is no such order.")

// Errors of the operations on orders.
var (
	// ErrInvalid names bad fields of a request; their locations are relative to it: lines[0].quantity.
	ErrInvalid = fault.New(fault.Invalid, "invalid_order", "The order has fields with values that can't be.")
	// ErrKeyReused is returned for an idempotency key that came with another request before.
	ErrKeyReused = fault.New(fault.Invalid, "idempotency_key_reused", "This key was used with another request.")
	// ErrKeyInUse is returned when a request with the same key has not ended within two seconds.
	ErrKeyInUse = fault.New(fault.Conflict, "idempotency_key_in_use", "A request with this key is still being handled; repeat it.")
	// ErrNotCancellable is returned for an order that has ended in another way.
	ErrNotCancellable = fault.New(fault.Conflict, "order_not_cancellable", "The order can't be cancelled any more.")
	// ErrNotPayable is returned for an order that does not wait for money.
	ErrNotPayable = fault.New(fault.Conflict, "order_not_payable", "The order does not wait for a payment.")
	// ErrPaymentInFlight is returned while the result of an attempt to pay is still to come.
	ErrPaymentInFlight = fault.New(fault.Conflict, "payment_in_flight", "An attempt to pay for this order is under way.")
)
