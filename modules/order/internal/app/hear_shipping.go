package app

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/store"
	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func shipment(e event.Envelope, shipmentID shipping.ID, orderID id.UUID, state string) core.Shipment {
	return core.Shipment{ID: shipmentID.UUID, OrderID: order.ID{UUID: orderID}, State: state, UpdatedAt: e.OccurredAt}
}

func shippedLines(lines []shipping.Line) []core.ShippedLine {
	out := make([]core.ShippedLine, len(lines))
	for i, l := range lines {
		out[i] = core.ShippedLine{SKU: l.SKU, Quantity: l.Quantity}
	}
	return out
}

func (a *Orders) shipmentCreated(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact shipping.Created) error {
	s := shipment(e, fact.ShipmentID, fact.OrderID, core.ShipmentPending)
	s.Lines = shippedLines(fact.Lines)
	return store.SaveShipment(ctx, tx, s)
}

func (a *Orders) shipmentPacked(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact shipping.Packed) error {
	return store.SaveShipment(ctx, tx, shipment(e, fact.ShipmentID, fact.OrderID, core.ShipmentPacked))
}

func (a *Orders) shipmentShipped(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact shipping.Shipped) error {
	s := shipment(e, fact.ShipmentID, fact.OrderID, core.ShipmentShipped)
	s.Lines, s.Carrier, s.TrackingNumber = shippedLines(fact.Lines), fact.Carrier, fact.TrackingNumber
	return store.SaveShipment(ctx, tx, s)
}

func (a *Orders) shipmentChanged(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact shipping.StatusChanged) error {
	return store.SaveShipment(ctx, tx, shipment(e, fact.ShipmentID, fact.OrderID, fact.Status))
}

// shipmentDelivered locks the order before the projection is read: of two last parcels that arrive at
// once, the second must see the first.
func (a *Orders) shipmentDelivered(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact shipping.Delivered) error {
	o, err := store.LockWithLines(ctx, tx, order.ID{UUID: fact.OrderID})
	if err != nil {
		return err
	}
	if err := store.SaveShipment(ctx, tx, shipment(e, fact.ShipmentID, fact.OrderID, core.ShipmentDelivered)); err != nil {
		return err
	}
	return a.deliverIfAllArrived(ctx, tx, &o, e)
}

func (a *Orders) deliverIfAllArrived(ctx context.Context, tx *sqldb.Tx, o *core.Order, e event.Envelope) error {
	to, ok := o.Status.Next(core.AllDelivered)
	if !ok {
		return nil
	}
	shipments, err := store.ShipmentsOf(ctx, tx, o.ID)
	if err != nil || !core.AllArrived(o.Lines, shipments[o.ID]) {
		return err
	}
	why := core.Reason{Cause: e.Type.Name, Actor: e.Source, Note: "All that was ordered has arrived."}
	return a.transition(ctx, tx, o, to, why, order.Delivered{OrderID: o.ID})
}

// shipmentCancelled: nothing will be sent. If that answers a wish to cancel, the order ends; stock and
// money go back when the others hear of it.
func (a *Orders) shipmentCancelled(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact shipping.Cancelled) error {
	o, err := store.Lock(ctx, tx, order.ID{UUID: fact.OrderID})
	if err != nil {
		return err
	}
	if err := store.SaveShipment(ctx, tx, shipment(e, fact.ShipmentID, fact.OrderID, core.ShipmentCancelled)); err != nil {
		return err
	}
	why := core.Reason{Cause: e.Type.Name, Actor: e.Source, Note: "Shipping sends nothing."}
	to, ok := o.Status.Next(core.CancelGranted)
	if !ok {
		why.Note = "Shipping sends nothing, though the order did not ask for that."
		return a.record(ctx, tx, &o, why)
	}
	return a.transition(ctx, tx, &o, to, why, order.Cancelled{OrderID: o.ID, Reason: o.CancelReason})
}

// cancelRefused: the parcel is packed or further, so the order goes on. It may even have arrived while
// the answer was on its way.
func (a *Orders) cancelRefused(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact shipping.CancelRefused) error {
	o, err := store.LockWithLines(ctx, tx, order.ID{UUID: fact.OrderID})
	if err != nil {
		return err
	}
	if err := store.SaveShipment(ctx, tx, shipment(e, fact.ShipmentID, fact.OrderID, fact.Status)); err != nil {
		return err
	}
	to, ok := o.Status.Next(core.CancelRefused)
	if !ok {
		return nil
	}
	o.CancelReason = ""
	why := core.Reason{Cause: e.Type.Name, Actor: e.Source, Note: fmt.Sprintf("Too late to cancel: the shipment is %s.", fact.Status)}
	if err := a.transition(ctx, tx, &o, to, why, order.CancelRefused{OrderID: o.ID}); err != nil {
		return err
	}
	return a.deliverIfAllArrived(ctx, tx, &o, e)
}
