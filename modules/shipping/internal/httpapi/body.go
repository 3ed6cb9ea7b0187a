package httpapi

import (
	"time"

	"github.com/banyan-commerce/banyan/modules/shipping/internal/app"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/core"
)

type shipmentBody struct {
	ID             string         `json:"id" format:"uuid"`
	OrderID        string         `json:"order_id" format:"uuid"`
	OrderNumber    string         `json:"order_number,omitempty"`
	Status         string         `json:"status" enum:"pending,submitted,accepted,packed,shipped,in_transit,out_for_delivery,delivery_failed,lost,delivered,returned_to_sender,cancelled"`
	ShipTo         *addressBody   `json:"ship_to,omitempty" doc:"Absent where the order was cancelled before it had a shipment."`
	Lines          []lineBody     `json:"lines"`
	Carrier        string         `json:"carrier,omitempty"`
	TrackingNumber string         `json:"tracking_number,omitempty"`
	Events         []trackingBody `json:"events" doc:"What was told, in the order in which it happened."`
	CreatedAt      time.Time      `json:"created_at"`
	UpdatedAt      time.Time      `json:"updated_at"`
}

type addressBody struct {
	Name       string `json:"name"`
	Line1      string `json:"line1"`
	Line2      string `json:"line2,omitempty"`
	City       string `json:"city"`
	Region     string `json:"region,omitempty"`
	PostalCode string `json:"postal_code"`
	Country    string `json:"country" doc:"ISO 3166-1 alpha-2."`
}

type lineBody struct {
	SKU      string `json:"sku"`
	Name     string `json:"name"`
	Quantity int64  `json:"quantity"`
}

type trackingBody struct {
	Type           string    `json:"type"`
	Carrier        string    `json:"carrier,omitempty"`
	TrackingNumber string    `json:"tracking_number,omitempty"`
	OccurredAt     time.Time `json:"occurred_at"`
}

func render(v app.View) shipmentBody {
	b := shipmentBody{
		ID: v.ID.String(), OrderID: v.OrderID.String(), OrderNumber: v.OrderNumber, Status: string(v.Status),
		Lines: make([]lineBody, len(v.Lines)), Carrier: v.Carrier, TrackingNumber: v.TrackingNumber,
		Events: make([]trackingBody, len(v.Tracking)), CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt,
	}
	if v.ShipTo != (core.Address{}) {
		to := addressBody(v.ShipTo)
		b.ShipTo = &to
	}
	for i, l := range v.Lines {
		b.Lines[i] = lineBody(l)
	}
	for i, t := range v.Tracking {
		b.Events[i] = trackingBody{
			Type: string(t.Code), Carrier: t.Carrier, TrackingNumber: t.TrackingNumber, OccurredAt: t.OccurredAt,
		}
	}
	return b
}
