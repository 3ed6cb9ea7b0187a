// Package core holds the rules of payments: the life of an attempt and the arithmetic of its ledger.
//
// A rule takes an attempt as it was read and answers a Step: what to write, to publish and to ask of
// the provider. Whoever carries a step out writes it only over the attempt that it was decided upon,
// and decides again when that has changed meanwhile.
package core

import (
	"time"

	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

// Status is how far an attempt has come.
type Status string

// The states of an attempt. Ready includes that the provider is being asked: no commit is spent on
// saying so, because the task that asks is recorded with the attempt and ends in one of the others.
const (
	Ready      Status = "ready"
	Authorised Status = "authorised"
	Captured   Status = "captured"
	Declined   Status = "declined"
	Voided     Status = "voided"
)

// Wish is what shall happen to an attempt as soon as its state allows.
type Wish string

// The wishes. A wish to void is never taken back and never yields to a capture: the order has ended.
const (
	NoWish      Wish = ""
	WishVoid    Wish = "void"
	WishCapture Wish = "capture"
)

// Call is a call of the provider that a step asks for: the kind of its durable task.
type Call string

// The calls.
const (
	NoCall        Call = ""
	CallAuthorise Call = "payment.authorise"
	CallVoid      Call = "payment.void"
	CallCapture   Call = "payment.capture"
)

// Attempt is one attempt to pay for an order.
type Attempt struct {
	ID        payment.ID
	OrderID   id.UUID
	Version   int64 // of the last event published about it
	Status    Status
	Wish      Wish
	Method    string
	Token     string // forgotten when the provider has answered
	Amount    money.Money
	Provider  string
	Reference string // the provider's, of the authorisation
	Code      string // why it was declined
	Reason    string // the same for the customer
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Live says whether the attempt holds money, has taken it or still may: an order has one such attempt.
func (a Attempt) Live() bool {
	return a.Status == Ready || a.Status == Authorised || a.Status == Captured
}

// Operation is the ID of the operation that authorises the attempt: its own.
func (a Attempt) Operation() id.UUID { return a.ID.UUID }

// Step is what a rule decided.
type Step struct {
	Next      Attempt // its version is one higher if there is an event
	Entries   []Entry
	Event     event.Event // nil: nobody has to know
	Call      Call
	Operation id.UUID // of the call
}

// IsNone says that nothing is to be done: what was told is known already, or comes too late.
func (s Step) IsNone() bool { return s.Next.Status == "" }

func (s Step) publishing(e event.Event) Step {
	s.Next.Version++
	s.Event = e
	return s
}

func (s Step) calling(c Call, operation id.UUID) Step {
	s.Call, s.Operation = c, operation
	return s
}

func (a Attempt) entry(operation id.UUID, k Kind, r Result, now time.Time) Entry {
	return Entry{Operation: operation, Kind: k, Result: r, Amount: a.Amount, At: now}
}

// at is the attempt in another state.
func (a Attempt) at(s Status, now time.Time) Attempt {
	a.Status, a.UpdatedAt = s, now
	return a
}

func (a Attempt) wishing(w Wish, now time.Time) Attempt {
	a.Wish, a.UpdatedAt = w, now
	return a
}

func (a Attempt) declined(code, reason string, now time.Time) Attempt {
	a = a.at(Declined, now)
	a.Token, a.Code, a.Reason = "", cut(code, maxCode), cut(reason, maxReason)
	return a
}

func (a Attempt) declinedEvent() payment.Declined {
	return payment.Declined{
		PaymentID: a.ID, OrderID: a.OrderID, Method: a.Method, Amount: a.Amount, Code: a.Code, Reason: a.Reason,
	}
}
