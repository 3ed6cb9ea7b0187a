// Package shipping is the contract of the shipping module: parcels and where they are. It is told
// that an order is confirmed, and knows nothing of how it was paid.
package shipping

import (
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
)

// ID names a shipment.
type ID struct{ id.UUID }

// ErrNotFound is returned for a shipment that does not exist, or is not the caller's to see.
var ErrNotFound = fault.New(fault.NotFound, "shipment_not_found", "There is no such shipment.")

// Errors of POST /v1/shipments/{id}/events.
var (
	// ErrCancelled: nothing can happen to a cancelled shipment.
	ErrCancelled = fault.New(fault.Conflict, "shipment_cancelled", "The shipment was cancelled.")
	// ErrTrackingMissing: without carrier and number nobody can follow a parcel that has left.
	ErrTrackingMissing = fault.New(fault.Invalid, "tracking_missing", "This event needs a carrier and a tracking number.")
	// ErrTrackingTaken: a carrier's number means one parcel.
	ErrTrackingTaken = fault.New(fault.Conflict, "tracking_number_taken", "Another shipment has this event under this tracking number.")
)
