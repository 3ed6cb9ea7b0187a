package app

import (
	"context"

	"example.com/shop/modules/order"
	"example.com/shop/platform/event"
)

func facts(id order.ID) []event.Event {
	var cancelled order.Cancelled
	cancelled.Order = id
	return []event.Event{&order.Placed{Order: id}, cancelled, order.CloseOf(id)}
}

func (a *App) close(ctx context.Context, id order.ID) event.Event { return facts(id)[0] }
