// Package provider says what a payment provider is to this module: the few calls that move money.
// An implementation talks to a system outside the process.
package provider

import (
	"context"

	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

// ErrUnknownOperation is returned by Query for a key under which the provider has done nothing.
var ErrUnknownOperation = fault.New(fault.NotFound, "operation_unknown", "The provider knows no such operation.")

// Provider moves money at the other side. Every call carries our key: repeated with the same key it
// does nothing again and answers as before, so a caller that lost the answer may ask once more. An
// error means that the outcome is not known; a refusal is an Outcome.
type Provider interface {
	// Name is stored with each attempt.
	Name() string
	// Authorise sets an amount aside.
	Authorise(ctx context.Context, a Authorisation) (Outcome, error)
	// Query tells what became of Authorise with this key, or ErrUnknownOperation.
	Query(ctx context.Context, key id.UUID) (Outcome, error)
	// Capture takes what was set aside.
	Capture(ctx context.Context, c Capture) (Outcome, error)
	// Void releases what was set aside. A key that the provider has not seen is closed by it, so that
	// a request for it which is still on its way comes too late.
	Void(ctx context.Context, v Void) (Outcome, error)
}

// Authorisation asks to set an amount aside.
type Authorisation struct {
	Key    id.UUID
	Token  string // the provider's name for the customer's card or account
	Amount money.Money
}

// Capture asks to take an amount of what Authorise with the key Authorisation set aside.
type Capture struct {
	Key           id.UUID
	Authorisation id.UUID
	Reference     string // that Authorise answered
	Amount        money.Money
}

// Void asks to release what Authorise with the key Authorisation set aside.
type Void struct {
	Key           id.UUID
	Authorisation id.UUID
	Reference     string // that Authorise answered; empty if its answer never came
}

// Outcome is the provider's definite answer.
type Outcome struct {
	Done      bool
	Reference string      // the provider's, if Done
	Amount    money.Money // that the provider acted upon, if Done
	Code      string      // why not, if not Done: for example insufficient_funds
	Reason    string      // the same in a sentence for the customer
}
