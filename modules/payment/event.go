package payment

import (
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

// AggregateType is the aggregate of every event of this module; its ID is the payment's.
const AggregateType = "payment"

// Authorized: the provider has set the amount aside for this order.
type Authorized struct {
	PaymentID ID          `json:"payment_id"`
	OrderID   id.UUID     `json:"order_id"` // the order that is paid for
	Method    string      `json:"method"`   // for example card
	Amount    money.Money `json:"amount"`
}

// Captured: the amount has been taken.
type Captured struct {
	PaymentID ID          `json:"payment_id"`
	OrderID   id.UUID     `json:"order_id"` // the order that is paid for
	Method    string      `json:"method"`   // for example card
	Amount    money.Money `json:"amount"`
}

// Declined: the provider refused. The customer may try again until the order's deadline.
type Declined struct {
	PaymentID ID          `json:"payment_id"`
	OrderID   id.UUID     `json:"order_id"` // the order that is paid for
	Method    string      `json:"method"`   // for example card
	Amount    money.Money `json:"amount"`
	Code      string      `json:"code"`   // the provider's, for example insufficient_funds
	Reason    string      `json:"reason"` // one sentence for the customer
}

// Voided: money that was set aside, or was about to be, is not taken.
type Voided struct {
	PaymentID ID          `json:"payment_id"`
	OrderID   id.UUID     `json:"order_id"` // the order that is paid for
	Method    string      `json:"method"`   // for example card
	Amount    money.Money `json:"amount"`
}

// EventType is payment.authorized, version 1.
func (Authorized) EventType() event.Type { return event.Type{Name: "payment.authorized", Version: 1} }

// EventType is payment.captured, version 1.
func (Captured) EventType() event.Type { return event.Type{Name: "payment.captured", Version: 1} }

// EventType is payment.declined, version 1.
func (Declined) EventType() event.Type { return event.Type{Name: "payment.declined", Version: 1} }

// EventType is payment.voided, version 1.
func (Voided) EventType() event.Type { return event.Type{Name: "payment.voided", Version: 1} }
