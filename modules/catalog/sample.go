package catalog

import (
	"time"

	"github.com/banyan-commerce/banyan/platform/id"
)

func sampleReservationLost() ReservationLost {
	return ReservationLost{OrderID: id.Floor(time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC))}
}
