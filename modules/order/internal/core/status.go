// Package core holds the rules of an order: its states, what a payment or a parcel does to them, and
// what a request must look like. It does no I/O.
package core

// Status is where an order stands. Money and parcels are off this axis: PaymentStatus and
// FulfilmentStatus derive them from what was heard, and nobody sets them.
type Status string

// The statuses.
const (
	None           Status = ""                // before it is placed
	PendingPayment Status = "pending_payment" // its stock is held until the deadline
	Confirmed      Status = "confirmed"       // paid for or promised to be, to be fulfilled
	Cancelling     Status = "cancelling"      // shipping has been asked to stop the parcels
	Cancelled      Status = "cancelled"
	Expired        Status = "expired"
	Delivered      Status = "delivered"
)

// Trigger is what makes an order change its status.
type Trigger string

// The triggers.
const (
	Placed         Trigger = "placed"
	Paid           Trigger = "paid"            // the order's total is authorised or captured
	DeadlinePassed Trigger = "deadline_passed" // with no attempt to pay in flight
	CancelAsked    Trigger = "cancel_asked"
	CancelGranted  Trigger = "cancel_granted" // shipping will send nothing
	CancelRefused  Trigger = "cancel_refused" // shipping could not stop it
	AllDelivered   Trigger = "all_delivered"
	StockLost      Trigger = "stock_lost" // catalog could not keep the promise
)

// Next is the status that a trigger leads to; false when the order stays as it is. Whether a payment
// is enough or an attempt is in flight is asked before: see Order.Weigh and Order.Overdue.
func (s Status) Next(t Trigger) (Status, bool) {
	switch s {
	case None:
		return choose(t, choice{Placed, PendingPayment})
	case PendingPayment:
		return choose(t, choice{Paid, Confirmed}, choice{DeadlinePassed, Expired},
			choice{CancelAsked, Cancelled}, choice{StockLost, Cancelled})
	case Confirmed:
		return choose(t, choice{CancelAsked, Cancelling}, choice{StockLost, Cancelling}, choice{AllDelivered, Delivered})
	case Cancelling:
		return choose(t, choice{CancelGranted, Cancelled}, choice{CancelRefused, Confirmed})
	case Cancelled, Expired, Delivered:
		return s, false
	}
	return s, false
}

type choice struct {
	on Trigger
	to Status
}

func choose(t Trigger, choices ...choice) (Status, bool) {
	for _, c := range choices {
		if c.on == t {
			return c.to, true
		}
	}
	return None, false
}

// Ended says whether nothing can be paid for any more and what was paid goes back.
func (s Status) Ended() bool { return s == Cancelled || s == Expired }
