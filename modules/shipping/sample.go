package shipping

import (
	"time"

	"github.com/banyan-commerce/banyan/platform/id"
)

// Samples are one invented shipment through all that may happen to it.

func sampleID() ID {
	return ID{id.Floor(time.Date(2026, 3, 2, 9, 30, 2, 0, time.UTC))}
}

func sampleOrderID() id.UUID {
	return id.Floor(time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC))
}

func sampleLines() []Line {
	return []Line{{SKU: "TEA-SENCHA-100", Quantity: 2}, {SKU: "POT-CAST-IRON-08", Quantity: 1}}
}

func sampleCreated() Created {
	return Created{ShipmentID: sampleID(), OrderID: sampleOrderID(), Lines: sampleLines()}
}

func samplePacked() Packed { return Packed{ShipmentID: sampleID(), OrderID: sampleOrderID()} }

func sampleShipped() Shipped {
	return Shipped{
		ShipmentID: sampleID(), OrderID: sampleOrderID(),
		Carrier: "dhl", TrackingNumber: "00340434161094042557", Lines: sampleLines(),
	}
}

func sampleDelivered() Delivered { return Delivered{ShipmentID: sampleID(), OrderID: sampleOrderID()} }

func sampleStatusChanged() StatusChanged {
	return StatusChanged{ShipmentID: sampleID(), OrderID: sampleOrderID(), Status: "in_transit"}
}

func sampleCancelled() Cancelled { return Cancelled{ShipmentID: sampleID(), OrderID: sampleOrderID()} }

func sampleCancelRefused() CancelRefused {
	return CancelRefused{ShipmentID: sampleID(), OrderID: sampleOrderID(), Status: "packed"}
}
