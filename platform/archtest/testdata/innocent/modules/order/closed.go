package order

import "example.com/shop/platform/event"

// Closed: its definition stands in the manifest without a sample.
type Closed struct {
	Order  ID
	Status Status
}

func (Closed) EventType() event.Type { return event.Type{Name: "order.closed", Version: 2} }

// ClosedBefore is what version 1 looked like; nobody states it any more.
type ClosedBefore struct{ Order ID }

func (ClosedBefore) EventType() event.Type { return event.Type{Name: "order.closed", Version: 1} }

func CloseOf(order ID) Closed { return Closed{Order: order} }
