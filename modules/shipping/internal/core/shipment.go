// Package core holds the rules of shipments: which event moves one where, and until when it can be
// stopped.
package core

import (
	"time"

	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
)

// Shipment is one parcel of an order.
type Shipment struct {
	ID             shipping.ID
	OrderID        id.UUID
	OrderNumber    string
	Version        int64 // of the last event published about it
	Status         Status
	ShipTo         Address
	Lines          []Line
	Carrier        string // empty until known, and so is TrackingNumber
	TrackingNumber string
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// Address is where the parcel goes.
type Address struct {
	Name       string
	Line1      string
	Line2      string
	City       string
	Region     string
	PostalCode string
	Country    string // ISO 3166-1 alpha-2
}

// Line is a quantity of one SKU.
type Line struct {
	SKU      string
	Name     string
	Quantity int64
}

// Tracking is something that happened to a parcel.
type Tracking struct {
	Code           Status
	Carrier        string
	TrackingNumber string
	OccurredAt     time.Time
}

// Step is what becomes of a shipment: its next state, and what is published of it.
type Step struct {
	Next   Shipment
	Events []event.Event
}

// publishing adds events, each of which is a version.
func (s Step) publishing(events ...event.Event) Step {
	s.Events = append(s.Events, events...)
	s.Next.Version += int64(len(events))
	return s
}

// Create makes the shipment of a confirmed order.
func Create(s Shipment, now time.Time) Step {
	s.Status, s.CreatedAt, s.UpdatedAt = Pending, now, now
	return Step{Next: s}.publishing(shipping.Created{ShipmentID: s.ID, OrderID: s.OrderID, Lines: s.lines()})
}

// Bury makes the tombstone of a shipment that was cancelled before it was created.
func Bury(shipmentID shipping.ID, orderID id.UUID, now time.Time) Step {
	s := Shipment{ID: shipmentID, OrderID: orderID, Status: Cancelled, CreatedAt: now, UpdatedAt: now}
	return Step{Next: s}.publishing(shipping.Cancelled{ShipmentID: s.ID, OrderID: s.OrderID})
}

// Cancel answers the wish to stop the parcel. Each wish is answered, also a repeated one: whoever asks
// waits.
func (s Shipment) Cancel(now time.Time) Step {
	next := s
	next.UpdatedAt = now
	if !s.Status.Cancellable() {
		return Step{Next: next}.publishing(shipping.CancelRefused{
			ShipmentID: s.ID, OrderID: s.OrderID, Status: string(s.Status),
		})
	}
	next.Status = Cancelled
	return Step{Next: next}.publishing(shipping.Cancelled{ShipmentID: s.ID, OrderID: s.OrderID})
}

// Track says what an event makes of the shipment; without events in the step it was late or known. It
// returns shipping.ErrCancelled and shipping.ErrTrackingMissing.
func (s Shipment) Track(t Tracking, now time.Time) (Step, error) {
	if s.Status == Cancelled {
		return Step{}, shipping.ErrCancelled
	}
	if err := s.requireTracking(t); err != nil {
		return Step{}, err
	}
	next := s
	next.UpdatedAt = now
	if s.Carrier == "" {
		next.Carrier, next.TrackingNumber = t.Carrier, t.TrackingNumber
	}
	if t.Code.rank() <= s.Status.rank() {
		return Step{Next: next}, nil
	}
	next.Status = t.Code
	return Step{Next: next}.publishing(next.reached(s.Status)...), nil
}

// requireTracking wants carrier and number together, and both once the parcel has left.
func (s Shipment) requireTracking(t Tracking) error {
	left := t.Code.rank() >= Shipped.rank() && s.Carrier == ""
	var missing []fault.Field
	if t.Carrier == "" && (left || t.TrackingNumber != "") {
		missing = append(missing, fault.Field{Location: "body.carrier", Message: "is missing"})
	}
	if t.TrackingNumber == "" && (left || t.Carrier != "") {
		missing = append(missing, fault.Field{Location: "body.tracking_number", Message: "is missing"})
	}
	if len(missing) > 0 {
		return shipping.ErrTrackingMissing.WithFields(missing...)
	}
	return nil
}

// reached are the events of having come here from another state. That the parcel was shipped is told
// also when the report of it never came: stock and money depend on it.
func (s Shipment) reached(from Status) []event.Event {
	var events []event.Event
	if from.rank() < Shipped.rank() && s.Status.rank() >= Shipped.rank() {
		events = append(events, shipping.Shipped{
			ShipmentID: s.ID, OrderID: s.OrderID, Carrier: s.Carrier, TrackingNumber: s.TrackingNumber, Lines: s.lines(),
		})
	}
	switch s.Status {
	case Shipped:
	case Packed:
		events = append(events, shipping.Packed{ShipmentID: s.ID, OrderID: s.OrderID})
	case Delivered:
		events = append(events, shipping.Delivered{ShipmentID: s.ID, OrderID: s.OrderID})
	default:
		events = append(events, shipping.StatusChanged{ShipmentID: s.ID, OrderID: s.OrderID, Status: string(s.Status)})
	}
	return events
}

func (s Shipment) lines() []shipping.Line {
	lines := make([]shipping.Line, len(s.Lines))
	for i, l := range s.Lines {
		lines[i] = shipping.Line{SKU: l.SKU, Quantity: l.Quantity}
	}
	return lines
}

// Key is what an event is known by: it comes once for a carrier, number, code and time. Reports of the
// warehouse that name no carrier go under an empty one and the shipment's ID, before and after the
// carrier is known.
func (s Shipment) Key(t Tracking) Tracking {
	switch {
	case t.Carrier != "":
	case t.Code.rank() < Shipped.rank():
		t.TrackingNumber = s.ID.String()
	default:
		t.Carrier, t.TrackingNumber = s.Carrier, s.TrackingNumber
	}
	return t
}
