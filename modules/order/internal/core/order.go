package core

import (
	"time"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

// Order is what a customer asked for and how far it has come.
type Order struct {
	ID           order.ID
	Number       string // for people; see Number
	Version      int64  // raised by one with each event that the order publishes
	Entries      int64  // rows of its timeline
	Status       Status
	Total        money.Money
	Customer     Customer
	ShipTo       order.Address
	Lines        []Line // nil where they were not read
	Deadline     time.Time
	Attempt      Attempt
	CancelReason string
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Customer is whom the order is from.
type Customer struct {
	Email string
	Name  string
}

// Line is a quantity of one SKU at the price of when the order was placed.
type Line struct {
	SKU       string
	ProductID id.UUID
	Name      string
	Quantity  int64
	UnitPrice money.Money
	Total     money.Money
}

// Attempt is the latest attempt to pay, as far as order knows it.
type Attempt struct {
	ID     id.UUID // the payment's
	Method string
	State  AttemptState
}

// AttemptState is what was heard of an attempt to pay.
type AttemptState string

// The states of an attempt.
const (
	InFlight          AttemptState = "in_flight" // no result yet
	AttemptAuthorised AttemptState = "authorised"
	AttemptDeclined   AttemptState = "declined"
	AttemptVoided     AttemptState = "voided"
	AttemptDiffers    AttemptState = "differs" // money came, of another amount than the total
)

// Settled says whether waiting longer makes no sense: the order is not pending, or the result of its
// attempt to pay is known.
func Settled(s Status, a AttemptState) bool { return s != PendingPayment || a != InFlight }

// Overdue says whether the deadline has passed and no result is still to come.
func (o Order) Overdue(now time.Time) bool {
	return o.Status == PendingPayment && o.Attempt.State != InFlight && !now.Before(o.Deadline)
}

// PayAgain says why another attempt to pay is not possible: order.ErrPaymentInFlight,
// order.ErrNotPayable, or nil.
func (o Order) PayAgain(now time.Time) error {
	if o.Status != PendingPayment || !now.Before(o.Deadline) {
		return order.ErrNotPayable
	}
	switch o.Attempt.State {
	case AttemptDeclined, AttemptVoided:
		return nil
	case InFlight:
		return order.ErrPaymentInFlight
	case AttemptAuthorised, AttemptDiffers: // money is set aside already
	}
	return order.ErrNotPayable
}

// Enter moves the order to a status and answers the entry of its timeline.
func (o *Order) Enter(to Status, why Reason, at time.Time) Entry {
	from := o.Status
	o.Status, o.UpdatedAt = to, at
	o.Entries++
	return Entry{Seq: o.Entries, At: at, From: from, To: to, Reason: why}
}

// Entry is one row of an order's timeline: a transition, or something worth telling that left the
// status as it was.
type Entry struct {
	Seq  int64
	At   time.Time
	From Status
	To   Status
	Reason
}

// Reason is why an entry was written.
type Reason struct {
	Cause string // an event's type name, or what somebody did
	Actor string // customer, operator, the module that stated the fact, or clock
	Note  string
}

// quantities sums lines up by SKU, which may stand on several of them.
func quantities(lines []Line) map[string]int64 {
	sum := make(map[string]int64, len(lines))
	for _, l := range lines {
		sum[l.SKU] += l.Quantity
	}
	return sum
}
