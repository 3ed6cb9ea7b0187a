package shipping

import (
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
)

// AggregateType is the aggregate of every event of this module; its ID is the shipment's.
const AggregateType = "shipment"

// Line is a quantity of one SKU in a shipment.
type Line struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

// Created: a shipment for a confirmed order exists.
type Created struct {
	ShipmentID ID      `json:"shipment_id"`
	OrderID    id.UUID `json:"order_id"` // the order that it belongs to
	Lines      []Line  `json:"lines"`
}

// Packed: from here on the shipment can't be cancelled.
type Packed struct {
	ShipmentID ID      `json:"shipment_id"`
	OrderID    id.UUID `json:"order_id"` // the order that it belongs to
}

// Shipped: the carrier has the parcel.
type Shipped struct {
	ShipmentID     ID      `json:"shipment_id"`
	OrderID        id.UUID `json:"order_id"`        // the order that it belongs to
	Carrier        string  `json:"carrier"`         // for example dhl
	TrackingNumber string  `json:"tracking_number"` // the carrier's
	Lines          []Line  `json:"lines"`
}

// Delivered: the parcel has arrived.
type Delivered struct {
	ShipmentID ID      `json:"shipment_id"`
	OrderID    id.UUID `json:"order_id"` // the order that it belongs to
}

// StatusChanged tells every other step: accepted, in_transit, out_for_delivery, delivery_failed,
// lost, returned_to_sender.
type StatusChanged struct {
	ShipmentID ID      `json:"shipment_id"`
	OrderID    id.UUID `json:"order_id"` // the order that it belongs to
	Status     string  `json:"status"`
}

// Cancelled answers order.cancel_requested: nothing will be sent. The shipment may be one that was
// never more than this answer.
type Cancelled struct {
	ShipmentID ID      `json:"shipment_id"`
	OrderID    id.UUID `json:"order_id"` // the order that it belongs to
}

// CancelRefused answers order.cancel_requested: the parcel is packed or further.
type CancelRefused struct {
	ShipmentID ID      `json:"shipment_id"`
	OrderID    id.UUID `json:"order_id"` // the order that it belongs to
	Status     string  `json:"status"`   // how far the shipment is: packed, shipped and so on
}

// EventType is shipping.created, version 1.
func (Created) EventType() event.Type { return event.Type{Name: "shipping.created", Version: 1} }

// EventType is shipping.packed, version 1.
func (Packed) EventType() event.Type { return event.Type{Name: "shipping.packed", Version: 1} }

// EventType is shipping.shipped, version 1.
func (Shipped) EventType() event.Type { return event.Type{Name: "shipping.shipped", Version: 1} }

// EventType is shipping.delivered, version 1.
func (Delivered) EventType() event.Type { return event.Type{Name: "shipping.delivered", Version: 1} }

// EventType is shipping.status_changed, version 1.
func (StatusChanged) EventType() event.Type {
	return event.Type{Name: "shipping.status_changed", Version: 1}
}

// EventType is shipping.cancelled, version 1.
func (Cancelled) EventType() event.Type { return event.Type{Name: "shipping.cancelled", Version: 1} }

// EventType is shipping.cancel_refused, version 1.
func (CancelRefused) EventType() event.Type {
	return event.Type{Name: "shipping.cancel_refused", Version: 1}
}
