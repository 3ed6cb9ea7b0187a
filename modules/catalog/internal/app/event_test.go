package app_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
)

func envelope(source string, of event.Aggregate, fact event.Event) event.Envelope {
	payload, err := json.Marshal(fact)
	if err != nil {
		panic(err)
	}
	return event.Envelope{ID: id.New(), Source: source, Type: fact.EventType(), Aggregate: of, Payload: payload}
}

// told is an order as the catalog hears of it.
type told struct {
	*shop
	held    catalog.Reservation
	version int64
}

func (s *shop) order(held catalog.Reservation) *told { return &told{shop: s, held: held} }

func (o *told) id() order.ID { return order.ID{UUID: o.held.OrderID} }

func (o *told) lines() []order.Line {
	lines := make([]order.Line, len(o.held.Lines))
	for i, l := range o.held.Lines {
		lines[i] = order.Line{SKU: l.SKU, Name: l.Name, Quantity: l.Quantity}
	}
	return lines
}

func (o *told) hear(t *testing.T, fact event.Event) {
	t.Helper()
	o.version++
	of := event.Aggregate{Type: order.AggregateType, ID: o.held.OrderID, Version: o.version}
	require.NoError(t, o.hears(t.Context(), "order", of, fact))
}

func (o *told) placed(t *testing.T) {
	t.Helper()
	o.hear(t, order.Placed{OrderID: o.id(), Lines: o.lines(), Deadline: o.held.HoldUntil})
}

func (o *told) confirmed(t *testing.T) {
	t.Helper()
	o.hear(t, order.Confirmed{OrderID: o.id(), Lines: o.lines()})
}

func (o *told) cancelled(t *testing.T) {
	t.Helper()
	o.hear(t, order.Cancelled{OrderID: o.id()})
}

func (o *told) expired(t *testing.T) {
	t.Helper()
	o.hear(t, order.Expired{OrderID: o.id()})
}

func (o *told) parcel(lines ...shipping.Line) (event.Aggregate, shipping.Shipped) {
	shipment := id.New()
	fact := shipping.Shipped{ShipmentID: shipping.ID{UUID: shipment}, OrderID: o.held.OrderID, Lines: lines}
	return event.Aggregate{Type: shipping.AggregateType, ID: shipment, Version: 3}, fact
}

func (o *told) shipped(t *testing.T) {
	t.Helper()
	var lines []shipping.Line
	for _, l := range o.held.Lines {
		lines = append(lines, shipping.Line{SKU: l.SKU, Quantity: l.Quantity})
	}
	of, fact := o.parcel(lines...)
	require.NoError(t, o.hears(t.Context(), "shipping", of, fact))
}
