package core

import (
	"time"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/platform/id"
)

// Shipment is what order heard of one shipment.
type Shipment struct {
	ID             id.UUID
	OrderID        order.ID
	State          string // shipping's word: pending, packed, in_transit, ...
	Carrier        string
	TrackingNumber string
	Lines          []ShippedLine
	UpdatedAt      time.Time
}

// ShippedLine is a quantity of one SKU in a shipment.
type ShippedLine struct {
	SKU      string
	Quantity int64
}

// States of a shipment that mean something to an order; it shows any other as it came.
const (
	ShipmentPending   = "pending"
	ShipmentPacked    = "packed"
	ShipmentShipped   = "shipped"
	ShipmentDelivered = "delivered"
	ShipmentCancelled = "cancelled"
)

// AllArrived says whether delivered shipments hold all that was ordered.
func AllArrived(lines []Line, shipments []Shipment) bool {
	left := quantities(lines)
	for _, s := range shipments {
		if s.State != ShipmentDelivered {
			continue
		}
		for _, l := range s.Lines {
			left[l.SKU] -= l.Quantity
		}
	}
	for _, quantity := range left {
		if quantity > 0 {
			return false
		}
	}
	return len(lines) > 0
}

// stage orders what a shipment's state says of the goods in it.
type stage int

const (
	gone stage = iota // cancelled, lost or on their way back
	preparing
	packed
	onTheWay
	arrived
)

func stageOf(state string) stage {
	switch state {
	case ShipmentPacked:
		return packed
	case ShipmentShipped, "in_transit", "out_for_delivery", "delivery_failed":
		return onTheWay
	case ShipmentDelivered:
		return arrived
	case ShipmentCancelled, "lost", "returning", "returned_to_sender", "rejected":
		return gone
	}
	return preparing
}

// fulfilmentStatus tells how far the furthest goods have come, and whether the rest is with them.
func fulfilmentStatus(lines []Line, shipments []Shipment) string {
	var ordered int64
	for _, l := range lines {
		ordered += l.Quantity
	}
	at := map[stage]int64{}
	furthest := gone
	for _, s := range shipments {
		reached := stageOf(s.State)
		furthest = max(furthest, reached)
		for _, l := range s.Lines {
			at[reached] += l.Quantity
		}
	}
	return sumUp(furthest, at[arrived], at[onTheWay]+at[arrived], ordered)
}

func sumUp(furthest stage, delivered, shipped, ordered int64) string {
	switch {
	case furthest == arrived && delivered >= ordered:
		return "delivered"
	case furthest == arrived:
		return "partially_delivered"
	case furthest == onTheWay && shipped >= ordered:
		return "shipped"
	case furthest == onTheWay:
		return "partially_shipped"
	case furthest == packed:
		return "packed"
	case furthest == preparing:
		return "preparing"
	}
	return "unfulfilled"
}
