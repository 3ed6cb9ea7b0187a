package httpapi

import (
	"context"
	"strings"
	"time"

	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/core"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/web"
)

type trackInput struct {
	ID   string `path:"id" doc:"The shipment's ID."`
	Body struct {
		Type           string    `json:"type" enum:"accepted,packed,shipped,in_transit,out_for_delivery,delivered,delivery_failed,lost,returned_to_sender"`
		Carrier        string    `json:"carrier,omitempty" maxLength:"64" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters" doc:"Needed once the parcel has left, unless known." example:"cj"`
		TrackingNumber string    `json:"tracking_number,omitempty" maxLength:"64" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters"`
		OccurredAt     time.Time `json:"occurred_at,omitempty" doc:"Now if absent. An event comes once for a carrier, number, type and time: whoever may repeat the request sends it."`
	}
}

// clockSkew is how far ahead of ours a carrier's clock may be.
const clockSkew = 24 * time.Hour

var errFuture = fault.New(fault.Invalid, "occurs_in_future", "What has not happened yet can't be told.").
	WithFields(fault.Field{Location: "body.occurred_at", Message: "lies in the future"})

func (s server) track(ctx context.Context, in *trackInput) (*shipmentOutput, error) {
	if err := web.Caller(ctx).RequireOperator(); err != nil {
		return nil, err
	}
	shipmentID, err := id.Parse(in.ID)
	if err != nil {
		return nil, shipping.ErrNotFound
	}
	t, err := in.tracking(s.now())
	if err != nil {
		return nil, err
	}
	view, err := s.app.Track(ctx, shipping.ID{UUID: shipmentID}, t)
	if err != nil {
		return nil, err
	}
	return &shipmentOutput{Body: render(view)}, nil
}

func (in *trackInput) tracking(now time.Time) (core.Tracking, error) {
	t := core.Tracking{
		Code: core.Status(in.Body.Type), Carrier: strings.TrimSpace(in.Body.Carrier),
		TrackingNumber: strings.TrimSpace(in.Body.TrackingNumber), OccurredAt: in.Body.OccurredAt,
	}
	if t.OccurredAt.IsZero() {
		t.OccurredAt = now
	}
	if t.OccurredAt.After(now.Add(clockSkew)) {
		return t, errFuture
	}
	return t, nil
}
