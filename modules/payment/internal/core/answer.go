package core

import (
	"time"

	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/internal/provider"
	"github.com/banyan-commerce/banyan/platform/id"
)

// Answered applies the provider's answer to the authorisation. Operation names the void that may be
// needed; it is used once, whatever happens.
func (a Attempt) Answered(o provider.Outcome, operation id.UUID, now time.Time) Step {
	switch {
	case a.Status != Ready:
		return Step{}
	case !o.Done && a.Wish == WishVoid: // perhaps it is our own closing of the key that the provider tells of
		return a.Aborted(now)
	case !o.Done:
		next := a.declined(o.Code, o.Reason, now)
		return Step{Next: next, Entries: []Entry{a.entry(a.Operation(), Authorisation, Failed, now)}}.
			publishing(next.declinedEvent())
	case o.Amount != a.Amount:
		return a.mismatched(o, operation, now)
	}
	return a.authorised(o, operation, now)
}

func (a Attempt) authorised(o provider.Outcome, operation id.UUID, now time.Time) Step {
	next := a.at(Authorised, now)
	next.Token, next.Reference = "", o.Reference
	success := a.entry(a.Operation(), Authorisation, Succeeded, now)
	success.Reference = o.Reference
	s := Step{Next: next, Entries: []Entry{success}}
	switch a.Wish {
	case WishVoid: // the order has ended: it hears of the void, and never that it could be confirmed
		s.Entries = append(s.Entries, next.entry(operation, Void, Requested, now))
		return s.calling(CallVoid, operation)
	case WishCapture:
		s.Entries = append(s.Entries, next.entry(operation, Charge, Requested, now))
		return s.publishing(next.authorisedEvent()).calling(CallCapture, operation)
	case NoWish:
	}
	return s.publishing(next.authorisedEvent())
}

// mismatched declines an attempt for which another amount was set aside than the order asked for, and
// releases that amount.
func (a Attempt) mismatched(o provider.Outcome, operation id.UUID, now time.Time) Step {
	next := a.declined("amount_mismatch", "The amount set aside is not the order's.", now)
	next.Reference = o.Reference
	success := Entry{
		Operation: a.Operation(), Kind: Authorisation, Result: Succeeded,
		Amount: o.Amount, Reference: o.Reference, At: now,
	}
	void := Entry{Operation: operation, Kind: Void, Result: Requested, Amount: o.Amount, At: now}
	return Step{Next: next, Entries: []Entry{success, void}}.
		publishing(next.declinedEvent()).calling(CallVoid, operation)
}

// Aborted ends an attempt whose order has ended and for which nothing is set aside: the provider was
// not asked, has closed the key, or has declined.
func (a Attempt) Aborted(now time.Time) Step {
	if a.Status != Ready || a.Wish != WishVoid {
		return Step{}
	}
	next := a.at(Voided, now)
	next.Token = ""
	return Step{Next: next, Entries: []Entry{a.entry(a.Operation(), Authorisation, Failed, now)}}.
		publishing(next.voidedEvent())
}

// VoidAnswered applies the provider's answer to the void of what o.Amount says. A declined attempt is
// not made a voided one: only the ledger learns that the wrong amount was released.
func (a Attempt) VoidAnswered(operation id.UUID, o provider.Outcome, now time.Time) Step {
	success := Entry{
		Operation: operation, Kind: Void, Result: Succeeded, Amount: o.Amount, Reference: o.Reference, At: now,
	}
	switch a.Status {
	case Authorised:
		next := a.at(Voided, now)
		return Step{Next: next, Entries: []Entry{success}}.publishing(next.voidedEvent())
	case Declined:
		return Step{Next: a.at(Declined, now), Entries: []Entry{success}}
	case Ready, Captured, Voided:
	}
	return Step{}
}

// CaptureAnswered applies the provider's success at taking the amount.
func (a Attempt) CaptureAnswered(operation id.UUID, o provider.Outcome, now time.Time) Step {
	if a.Status != Authorised {
		return Step{}
	}
	next := a.at(Captured, now)
	next.Wish = NoWish
	success := a.entry(operation, Charge, Succeeded, now)
	success.Reference = o.Reference
	return Step{Next: next, Entries: []Entry{success}}.publishing(next.capturedEvent())
}

func (a Attempt) authorisedEvent() payment.Authorized {
	return payment.Authorized{PaymentID: a.ID, OrderID: a.OrderID, Method: a.Method, Amount: a.Amount}
}

func (a Attempt) voidedEvent() payment.Voided {
	return payment.Voided{PaymentID: a.ID, OrderID: a.OrderID, Method: a.Method, Amount: a.Amount}
}

func (a Attempt) capturedEvent() payment.Captured {
	return payment.Captured{PaymentID: a.ID, OrderID: a.OrderID, Method: a.Method, Amount: a.Amount}
}
