package core

// Status is how far a shipment has come.
type Status string

// The states of a shipment. All but Pending and Cancelled are also the codes of the events that lead
// there; Submitted is for partners that are sent orders.
const (
	Pending          Status = "pending"
	Submitted        Status = "submitted"
	Accepted         Status = "accepted"
	Packed           Status = "packed"
	Shipped          Status = "shipped"
	InTransit        Status = "in_transit"
	OutForDelivery   Status = "out_for_delivery"
	DeliveryFailed   Status = "delivery_failed"
	Lost             Status = "lost"
	Delivered        Status = "delivered"
	ReturnedToSender Status = "returned_to_sender"
	Cancelled        Status = "cancelled"
)

// rank orders the states: events come late and out of order, and only a higher one moves a shipment.
// A failed delivery ranks above the way there, so that the report of the way, coming late, does not
// hide it; what is lost may still be delivered; what is back at the sender stays there. Cancelled is
// outside of the order, because nothing leads on from it.
func (s Status) rank() int {
	switch s {
	case Pending, Cancelled:
		return 0
	case Submitted:
		return 1
	case Accepted:
		return 2
	case Packed:
		return 3
	case Shipped:
		return 4
	case InTransit:
		return 5
	case OutForDelivery:
		return 6
	case DeliveryFailed:
		return 7
	case Lost:
		return 8
	case Delivered:
		return 9
	case ReturnedToSender:
		return 10
	}
	return 0
}

// Cancellable says whether the parcel can still be stopped: up to before it is packed.
func (s Status) Cancellable() bool { return s.rank() < Packed.rank() }
