// Package httpapi serves shipments, and takes what warehouse and carrier report.
package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/app"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/core"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/web"
)

// Routes are the operations of the module.
func Routes(a *app.App, keys *access.Keys, now func() time.Time) web.Routes {
	s := server{app: a, keys: keys, now: now}
	return func(api huma.API) {
		web.Register(api, huma.Operation{
			OperationID: "list-shipments", Method: http.MethodGet, Path: "/v1/shipments", Tags: []string{"shipments"},
			Summary: "List shipments", Description: "Newest first. With an order's access token, those of that order; the operator may list all.",
			Security: web.Bearer(),
		}, s.list)
		web.Register(api, huma.Operation{
			OperationID: "get-shipment", Method: http.MethodGet, Path: "/v1/shipments/{id}", Tags: []string{"shipments"},
			Summary: "Read a shipment with its tracking", Security: web.Bearer(),
		}, s.read)
		web.Register(api, huma.Operation{
			OperationID: "add-shipment-event", Method: http.MethodPost, Path: "/v1/shipments/{id}/events", Tags: []string{"shipments"},
			Summary:     "Tell what happened to a shipment",
			Description: "For the operator. An event that was told before, or is overtaken by a later one, changes nothing and is answered alike.",
			Security:    web.Bearer(), DefaultStatus: http.StatusOK,
		}, s.track)
	}
}

type server struct {
	app  *app.App
	keys *access.Keys
	now  func() time.Time
}

type listInput struct {
	OrderID id.UUID `query:"order_id" format:"uuid" doc:"Shipments of this order only."`
	Status  string  `query:"status" enum:"pending,submitted,accepted,packed,shipped,in_transit,out_for_delivery,delivery_failed,lost,delivered,returned_to_sender,cancelled"`
	Cursor  string  `query:"cursor" doc:"next_cursor of the page before."`
	Limit   int     `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type listOutput struct {
	Body web.Page[shipmentBody]
}

// cursor is the last shipment of a page.
type cursor struct {
	Before shipping.ID `json:"b"`
}

func (s server) list(ctx context.Context, in *listInput) (*listOutput, error) {
	if err := s.keys.RequireOrder(web.Caller(ctx), in.OrderID); err != nil {
		return nil, err
	}
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	f.Limit++ // one more tells whether there is another page
	views, err := s.app.List(ctx, f)
	if err != nil {
		return nil, err
	}
	return &listOutput{Body: web.PageOf(views, in.Limit, render, after)}, nil
}

func (in *listInput) filter() (app.Filter, error) {
	f := app.Filter{OrderID: in.OrderID, Status: core.Status(in.Status), Limit: in.Limit}
	if in.Cursor == "" {
		return f, nil
	}
	var from cursor
	err := web.DecodeCursor(in.Cursor, &from)
	f.Before = from.Before
	return f, err
}

func after(last app.View) any { return cursor{Before: last.ID} }

type readInput struct {
	ID string `path:"id" doc:"The shipment's ID."`
}

type shipmentOutput struct {
	Body shipmentBody
}

func (s server) read(ctx context.Context, in *readInput) (*shipmentOutput, error) {
	shipmentID, err := id.Parse(in.ID)
	if err != nil {
		return nil, shipping.ErrNotFound
	}
	view, err := s.app.Read(ctx, shipping.ID{UUID: shipmentID})
	if err != nil {
		return nil, err
	}
	if !s.keys.MaySee(web.Caller(ctx), view.OrderID) {
		return nil, shipping.ErrNotFound
	}
	return &shipmentOutput{Body: render(view)}, nil
}
