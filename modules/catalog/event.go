package catalog

import (
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
)

// ReservationLost tells that stock promised to an order is gone: its hold had expired before
// catalog heard of the order, and the stock could not be had again. Aggregate: reservation, whose
// ID is the order's.
type ReservationLost struct {
	OrderID id.UUID `json:"order_id"`
}

// EventType is catalog.reservation_lost, version 1.
func (ReservationLost) EventType() event.Type {
	return event.Type{Name: "catalog.reservation_lost", Version: 1}
}
