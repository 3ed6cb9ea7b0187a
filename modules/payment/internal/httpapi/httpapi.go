// Package httpapi serves payments for reading. What moves money happens by events and tasks.
package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/internal/app"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/web"
)

// Routes are the operations of the module.
func Routes(a *app.App, keys *access.Keys) web.Routes {
	s := server{app: a, keys: keys}
	return func(api huma.API) {
		web.Register(api, huma.Operation{
			OperationID: "list-payments", Method: http.MethodGet, Path: "/v1/payments", Tags: []string{"payments"},
			Summary: "List payments", Description: "Newest first. With an order's access token, those of that order; the operator may list all.",
			Security: web.Bearer(),
		}, s.list)
		web.Register(api, huma.Operation{
			OperationID: "get-payment", Method: http.MethodGet, Path: "/v1/payments/{id}", Tags: []string{"payments"},
			Summary: "Read a payment with its ledger", Security: web.Bearer(),
		}, s.read)
	}
}

type server struct {
	app  *app.App
	keys *access.Keys
}

type listInput struct {
	OrderID id.UUID `query:"order_id" format:"uuid" doc:"Payments of this order only."`
	Cursor  string  `query:"cursor" doc:"next_cursor of the page before."`
	Limit   int     `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type listOutput struct {
	Body web.Page[paymentBody]
}

// cursor is the last payment of a page.
type cursor struct {
	Before payment.ID `json:"b"`
}

func (s server) list(ctx context.Context, in *listInput) (*listOutput, error) {
	if err := s.keys.RequireOrder(web.Caller(ctx), in.OrderID); err != nil {
		return nil, err
	}
	var from cursor
	if in.Cursor != "" {
		if err := web.DecodeCursor(in.Cursor, &from); err != nil {
			return nil, err
		}
	}
	views, err := s.app.List(ctx, in.OrderID, from.Before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	return &listOutput{Body: web.PageOf(views, in.Limit, render, after)}, nil
}

func after(last app.View) any { return cursor{Before: last.ID} }

type readInput struct {
	ID string `path:"id" doc:"The payment's ID."`
}

type readOutput struct {
	Body paymentBody
}

func (s server) read(ctx context.Context, in *readInput) (*readOutput, error) {
	paymentID, err := id.Parse(in.ID)
	if err != nil {
		return nil, payment.ErrNotFound
	}
	view, err := s.app.Read(ctx, payment.ID{UUID: paymentID})
	if err != nil {
		return nil, err
	}
	if !s.keys.MaySee(web.Caller(ctx), view.OrderID) {
		return nil, payment.ErrNotFound
	}
	return &readOutput{Body: render(view)}, nil
}
