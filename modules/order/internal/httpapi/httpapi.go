// Package httpapi serves orders: placing, reading, paying again and cancelling.
package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/app"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/web"
)

// Routes are the operations of the module.
func Routes(orders *app.Orders) web.Routes {
	s := server{orders: orders}
	return func(api huma.API) {
		web.Register(api, creating(operation("place-order", http.MethodPost, "/v1/orders", "Place an order",
			"Holds the stock until the deadline and asks for the payment. Repeated with the same key it answers "+
				"the same order as it stands then, its access token included.")), s.place)
		web.Register(api, bearer(operation("list-orders", http.MethodGet, "/v1/orders", "List orders",
			"Newest first; for the operator.")), s.list)
		web.Register(api, bearer(operation("get-order", http.MethodGet, "/v1/orders/{id}", "Read an order",
			"For the operator, or with the order's access token; to anybody else there is no such order.")), s.read)
		web.Register(api, bearer(operation("get-order-timeline", http.MethodGet, "/v1/orders/{id}/timeline", "What happened to an order",
			"Each transition with its cause, oldest first.")), s.timeline)
		web.Register(api, bearer(operation("cancel-order", http.MethodPost, "/v1/orders/{id}/cancel", "Cancel an order",
			"A pending order is cancelled at once. A confirmed one becomes cancelling until shipping has said whether it can be stopped.")), s.cancel)
		web.Register(api, creating(bearer(operation("pay-order-again", http.MethodPost, "/v1/orders/{id}/payments", "Try another payment",
			"After an attempt that brought no money, until the order's deadline."))), s.pay)
	}
}

func operation(id, method, path, summary, description string) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Tags: []string{"orders"},
		Summary: summary, Description: description, DefaultStatus: http.StatusOK,
	}
}

func bearer(op huma.Operation) huma.Operation {
	op.Security = web.Bearer()
	return op
}

func creating(op huma.Operation) huma.Operation {
	op.DefaultStatus = http.StatusCreated
	return op
}

type server struct{ orders *app.Orders }

// named reads the ID of a path. Text that is no ID names no order.
func named(text string) (order.ID, error) {
	u, err := id.Parse(text)
	if err != nil {
		return order.ID{}, order.ErrNotFound
	}
	return order.ID{UUID: u}, nil
}

// inBody says where in the HTTP request the fields are that a fault names relative to what was asked
// for, and when a request whose key is in use may come again.
func inBody(err error) error {
	if errors.Is(err, order.ErrKeyInUse) {
		return web.RetryAfter(err, time.Second)
	}
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Fields) == 0 {
		return err
	}
	located := *f
	located.Fields = make([]fault.Field, len(f.Fields))
	for i, field := range f.Fields {
		located.Fields[i] = fault.Field{Location: "body." + field.Location, Message: field.Message}
	}
	return &located
}

// await holds the answer back until the order settles, if the client asked for that.
func (s server) await(ctx context.Context, p Preference, v core.View) (core.View, error) {
	limit := p.wait()
	if limit == 0 || v.Settled() {
		return v, nil
	}
	return s.orders.Await(ctx, v.ID, limit, web.Draining(ctx))
}
