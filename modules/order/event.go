package order

import (
	"time"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

// AggregateType is the aggregate of every event of this module; its ID is the order's.
const AggregateType = "order"

// Line is a quantity of one SKU.
type Line struct {
	SKU      string `json:"sku"`
	Name     string `json:"name"` // the product's, when it was ordered
	Quantity int64  `json:"quantity"`
}

// PaymentAttempt is the customer's wish to pay in a certain way.
type PaymentAttempt struct {
	PaymentID id.UUID     `json:"payment_id"` // proposed by order; payment's ID for this attempt
	Amount    money.Money `json:"amount"`
	Method    string      `json:"method"` // for example card
	Token     string      `json:"token"`  // the provider's token, never a card number
}

// Placed: an order exists and its stock is held until Deadline.
type Placed struct {
	OrderID  ID             `json:"order_id"`
	Number   string         `json:"number"` // for people: eight characters that can be read out
	Lines    []Line         `json:"lines"`
	Payment  PaymentAttempt `json:"payment"`
	Deadline time.Time      `json:"deadline"` // without payment until then the order expires
}

// PaymentRequested: the customer tries to pay once more, after a decline.
type PaymentRequested struct {
	OrderID ID             `json:"order_id"`
	Payment PaymentAttempt `json:"payment"`
}

// Address is where parcels go.
type Address struct {
	Name       string `json:"name"`
	Line1      string `json:"line1"`
	Line2      string `json:"line2,omitempty"`
	City       string `json:"city"`
	Region     string `json:"region,omitempty"`
	PostalCode string `json:"postal_code"`
	Country    string `json:"country"` // ISO 3166-1 alpha-2
}

// Confirmed: the order is complete and may be fulfilled. It says nothing of how it was paid.
type Confirmed struct {
	OrderID ID      `json:"order_id"`
	Number  string  `json:"number"`  // for people
	ShipTo  Address `json:"ship_to"` // where parcels go
	Lines   []Line  `json:"lines"`
}

// CancelRequested: a confirmed order shall not be shipped any more; shipping answers whether it can
// still be stopped.
type CancelRequested struct {
	OrderID ID     `json:"order_id"`
	Reason  string `json:"reason"` // of whoever asked, for people; may be empty
}

// Cancelled: the order has ended; stock and money go back.
type Cancelled struct {
	OrderID ID     `json:"order_id"`
	Reason  string `json:"reason"` // of whoever asked, for people; may be empty
}

// CancelRefused: the parcel could not be stopped, so the order goes on as if nobody had asked.
type CancelRefused struct {
	OrderID ID `json:"order_id"`
}

// Expired: the deadline passed without payment; stock goes back.
type Expired struct {
	OrderID ID `json:"order_id"`
}

// Delivered: all that was ordered has arrived.
type Delivered struct {
	OrderID ID `json:"order_id"`
}

// EventType is order.placed, version 1.
func (Placed) EventType() event.Type { return event.Type{Name: "order.placed", Version: 1} }

// EventType is order.payment_requested, version 1.
func (PaymentRequested) EventType() event.Type {
	return event.Type{Name: "order.payment_requested", Version: 1}
}

// EventType is order.confirmed, version 1.
func (Confirmed) EventType() event.Type { return event.Type{Name: "order.confirmed", Version: 1} }

// EventType is order.cancel_requested, version 1.
func (CancelRequested) EventType() event.Type {
	return event.Type{Name: "order.cancel_requested", Version: 1}
}

// EventType is order.cancelled, version 1.
func (Cancelled) EventType() event.Type { return event.Type{Name: "order.cancelled", Version: 1} }

// EventType is order.cancel_refused, version 1.
func (CancelRefused) EventType() event.Type {
	return event.Type{Name: "order.cancel_refused", Version: 1}
}

// EventType is order.expired, version 1.
func (Expired) EventType() event.Type { return event.Type{Name: "order.expired", Version: 1} }

// EventType is order.delivered, version 1.
func (Delivered) EventType() event.Type { return event.Type{Name: "order.delivered", Version: 1} }
