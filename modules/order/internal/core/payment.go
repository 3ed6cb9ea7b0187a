package core

import (
	"time"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

// Payment is what order heard of one payment.
type Payment struct {
	ID        id.UUID
	OrderID   order.ID
	Method    string
	State     PaymentState
	Amount    money.Money
	Code      string // the provider's, when it declined
	Reason    string // for the customer
	UpdatedAt time.Time
}

// PaymentState is the latest that payment said of it.
type PaymentState string

// The states of a payment.
const (
	PaymentPending    PaymentState = "pending" // an attempt of which nothing was heard yet
	PaymentAuthorised PaymentState = "authorised"
	PaymentCaptured   PaymentState = "captured"
	PaymentDeclined   PaymentState = "declined"
	PaymentVoided     PaymentState = "voided"
)

// Verdict is what money that was set aside or taken means for the order.
type Verdict string

// The verdicts.
const (
	Confirms Verdict = "confirms" // the total: the order is confirmed
	Differs  Verdict = "differs"  // not the total: not confirmed, a person or the deadline decides
	Late     Verdict = "late"     // the order has ended; payment gives it back, as it hears of the end too
	Second   Verdict = "second"   // the order is paid for by another payment already
	Expected Verdict = "expected" // another step of the payment that confirmed the order
)

// Weigh judges money of a payment.
func (o Order) Weigh(p Payment) Verdict {
	switch {
	case o.Status.Ended():
		return Late
	case o.Status == PendingPayment && p.Amount == o.Total:
		return Confirms
	case o.Status == PendingPayment:
		return Differs
	case p.ID != o.Attempt.ID:
		return Second
	}
	return Expected
}

// withAttempt adds the latest attempt as a pending payment if payment has not spoken of it.
func withAttempt(o Order, payments []Payment) []Payment {
	for _, p := range payments {
		if p.ID == o.Attempt.ID {
			return payments
		}
	}
	pending := Payment{
		ID: o.Attempt.ID, OrderID: o.ID, Method: o.Attempt.Method,
		State: PaymentPending, Amount: o.Total, UpdatedAt: o.UpdatedAt,
	}
	return append(payments[:len(payments):len(payments)], pending)
}
