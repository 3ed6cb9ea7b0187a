package httpapi

import (
	"context"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/platform/web"
)

type orderInput struct {
	ID string `path:"id" doc:"The order's ID."`
}

type orderOutput struct {
	Body orderBody
}

func (s server) read(ctx context.Context, in *orderInput) (*orderOutput, error) {
	orderID, err := named(in.ID)
	if err != nil {
		return nil, err
	}
	v, err := s.orders.Order(ctx, web.Caller(ctx), orderID)
	if err != nil {
		return nil, err
	}
	return &orderOutput{Body: render(v)}, nil
}

type listInput struct {
	Status string `query:"status" enum:"pending_payment,confirmed,cancelling,cancelled,expired,delivered"`
	Email  string `query:"email" maxLength:"254" doc:"Of the customer."`
	Cursor string `query:"cursor" doc:"next_cursor of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type listOutput struct {
	Body web.Page[orderBody]
}

// cursor is the last order of a page.
type cursor struct {
	Before order.ID `json:"b"`
}

func (s server) list(ctx context.Context, in *listInput) (*listOutput, error) {
	var from cursor
	if in.Cursor != "" {
		if err := web.DecodeCursor(in.Cursor, &from); err != nil {
			return nil, err
		}
	}
	filter := core.Filter{Status: core.Status(in.Status), Email: in.Email, Before: from.Before}
	views, more, err := s.orders.List(ctx, web.Caller(ctx), filter, in.Limit)
	if err != nil {
		return nil, err
	}
	items := make([]orderBody, len(views))
	for i, v := range views {
		items[i] = render(v)
	}
	next := ""
	if more {
		next = web.EncodeCursor(cursor{Before: views[len(views)-1].ID})
	}
	return &listOutput{Body: web.NewPage(items, next)}, nil
}

type timelineOutput struct {
	Body web.Page[orderEntryBody]
}

func (s server) timeline(ctx context.Context, in *orderInput) (*timelineOutput, error) {
	orderID, err := named(in.ID)
	if err != nil {
		return nil, err
	}
	entries, err := s.orders.Timeline(ctx, web.Caller(ctx), orderID)
	if err != nil {
		return nil, err
	}
	items := make([]orderEntryBody, len(entries))
	for i, e := range entries {
		items[i] = orderEntryBody{
			Seq: e.Seq, At: e.At, From: string(e.From), To: string(e.To), Cause: e.Cause, Actor: e.Actor, Note: e.Note,
		}
	}
	return &timelineOutput{Body: web.NewPage(items, "")}, nil
}
