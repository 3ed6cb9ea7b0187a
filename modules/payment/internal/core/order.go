package core

import (
	"errors"
	"time"

	"github.com/banyan-commerce/banyan/platform/id"
)

// OrderEnded is told when the order was cancelled or has expired: money set aside is released. While
// the attempt is not yet answered only the wish is recorded, because the provider may be working on
// it; the task that asks finds the wish before or after.
func (a Attempt) OrderEnded(operation id.UUID, now time.Time) Step {
	if a.Wish == WishVoid {
		return Step{}
	}
	switch a.Status {
	case Ready:
		return Step{Next: a.wishing(WishVoid, now)}
	case Authorised:
		if a.Wish == WishCapture {
			return Step{} // the parcel is with the carrier and its price is being taken: to give it back is a refund
		}
		return Step{
			Next: a.wishing(WishVoid, now), Entries: []Entry{a.entry(operation, Void, Requested, now)},
		}.calling(CallVoid, operation)
	case Captured, Declined, Voided:
	}
	return Step{}
}

// ErrUnpaid is returned for a parcel that left although its order has no money to take. No way through
// the shop leads there: shipping sends what was paid for, and an order ends only when nothing is sent.
// So a person must look at it.
var ErrUnpaid = errors.New("a parcel has left whose order nobody pays for")

// Shipped is told when the order's parcel is with the carrier: what is set aside is taken. It returns
// ErrUnpaid or the ledger's errors.
func (a Attempt) Shipped(l Ledger, operation id.UUID, now time.Time) (Step, error) {
	switch {
	case a.Status == Captured:
		return Step{}, nil
	case a.Wish == WishVoid || !a.Live():
		return Step{}, ErrUnpaid
	case a.Wish == WishCapture:
		return Step{}, nil
	case a.Status == Ready:
		return Step{Next: a.wishing(WishCapture, now)}, nil
	}
	charge := a.entry(operation, Charge, Requested, now)
	if err := l.Admit(a.Amount, charge); err != nil {
		return Step{}, err
	}
	return Step{Next: a.wishing(WishCapture, now), Entries: []Entry{charge}}.calling(CallCapture, operation), nil
}
