package app

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/store"
	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func (a *Orders) shipmentCreated(ctx context.Context, tx *sqldb.Tx, set []bus.Fact[shipping.Created]) error {
	return store.SaveShipments(ctx, tx, shipmentsOf(set, func(f shipping.Created) core.Shipment {
		s := shipment(f.ShipmentID, f.OrderID, core.ShipmentPending)
		s.Lines = shippedLines(f.Lines)
		return s
	}))
}

func (a *Orders) shipmentPacked(ctx context.Context, tx *sqldb.Tx, set []bus.Fact[shipping.Packed]) error {
	return store.SaveShipments(ctx, tx, shipmentsOf(set, func(f shipping.Packed) core.Shipment {
		return shipment(f.ShipmentID, f.OrderID, core.ShipmentPacked)
	}))
}

func (a *Orders) shipmentShipped(ctx context.Context, tx *sqldb.Tx, set []bus.Fact[shipping.Shipped]) error {
	return store.SaveShipments(ctx, tx, shipmentsOf(set, func(f shipping.Shipped) core.Shipment {
		s := shipment(f.ShipmentID, f.OrderID, core.ShipmentShipped)
		s.Lines, s.Carrier, s.TrackingNumber = shippedLines(f.Lines), f.Carrier, f.TrackingNumber
		return s
	}))
}

func (a *Orders) shipmentChanged(ctx context.Context, tx *sqldb.Tx, set []bus.Fact[shipping.StatusChanged]) error {
	return store.SaveShipments(ctx, tx, shipmentsOf(set, func(f shipping.StatusChanged) core.Shipment {
		return shipment(f.ShipmentID, f.OrderID, f.Status)
	}))
}

func shipmentsOf[E event.Event](set []bus.Fact[E], of func(fact E) core.Shipment) []core.Shipment {
	shipments := make([]core.Shipment, len(set))
	for i, f := range set {
		shipments[i] = of(f.Event)
		shipments[i].UpdatedAt = f.Envelope.OccurredAt
	}
	return shipments
}

func shipment(shipmentID shipping.ID, orderID id.UUID, state string) core.Shipment {
	return core.Shipment{ID: shipmentID.UUID, OrderID: order.ID{UUID: orderID}, State: state}
}

func shippedLines(lines []shipping.Line) []core.ShippedLine {
	out := make([]core.ShippedLine, len(lines))
	for i, l := range lines {
		out[i] = core.ShippedLine{SKU: l.SKU, Quantity: l.Quantity}
	}
	return out
}

// shipmentDelivered locks the orders before the projection is read: of two last parcels that arrive at
// once, the second must see the first.
func (a *Orders) shipmentDelivered(ctx context.Context, tx *sqldb.Tx, set []bus.Fact[shipping.Delivered]) error {
	ids, whys := make([]order.ID, len(set)), make(map[order.ID]occasion, len(set))
	for i, f := range set {
		ids[i] = order.ID{UUID: f.Event.OrderID}
		whys[ids[i]] = heard(f.Envelope)
	}
	orders, err := store.LockWithLines(ctx, tx, ids)
	if err != nil {
		return err
	}
	err = store.SaveShipments(ctx, tx, shipmentsOf(set, func(f shipping.Delivered) core.Shipment {
		return shipment(f.ShipmentID, f.OrderID, core.ShipmentDelivered)
	}))
	if err != nil {
		return err
	}
	c := a.changesOf(tx, orders...)
	if err := c.deliverIfAllArrived(ctx, whys); err != nil {
		return err
	}
	return c.write(ctx)
}

// deliverIfAllArrived reads what has arrived of the orders, and ends those of which nothing is missing.
func (c *changes) deliverIfAllArrived(ctx context.Context, whys map[order.ID]occasion) error {
	ids := make([]order.ID, len(c.orders))
	for i, o := range c.orders {
		ids[i] = o.ID
	}
	shipments, err := store.ShipmentsOf(ctx, c.tx, ids...)
	if err != nil {
		return err
	}
	for _, o := range c.orders {
		to, ok := o.Status.Next(core.AllDelivered)
		if ok && core.AllArrived(o.Lines, shipments[o.ID]) {
			c.transition(o, to, whys[o.ID].saying("All that was ordered has arrived."), order.Delivered{OrderID: o.ID})
		}
	}
	return nil
}

// shipmentCancelled: nothing will be sent. If that answers a wish to cancel, the order ends; stock and
// money go back when the others hear of it.
func (a *Orders) shipmentCancelled(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact shipping.Cancelled) error {
	s := shipment(fact.ShipmentID, fact.OrderID, core.ShipmentCancelled)
	s.UpdatedAt = e.OccurredAt
	return a.change(ctx, tx, s.OrderID, func(c *changes, o *store.Locked) error {
		if to, ok := o.Status.Next(core.CancelGranted); ok {
			c.transition(o, to, heard(e).saying("Shipping sends nothing."), order.Cancelled{OrderID: o.ID, Reason: o.CancelReason})
		} else {
			c.record(o, heard(e).saying("Shipping sends nothing, though the order did not ask for that."))
		}
		return store.SaveShipments(ctx, tx, []core.Shipment{s})
	})
}

// cancelRefused: the parcel is packed or further, so the order goes on. It may even have arrived while
// the answer was on its way.
func (a *Orders) cancelRefused(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact shipping.CancelRefused) error {
	s := shipment(fact.ShipmentID, fact.OrderID, fact.Status)
	s.UpdatedAt = e.OccurredAt
	orders, err := store.LockWithLines(ctx, tx, []order.ID{s.OrderID})
	if err != nil {
		return err
	}
	if err := store.SaveShipments(ctx, tx, []core.Shipment{s}); err != nil {
		return err
	}
	c, o := a.changesOf(tx, orders...), orders[0]
	to, ok := o.Status.Next(core.CancelRefused)
	if !ok {
		return nil
	}
	o.CancelReason = ""
	why := heard(e)
	c.transition(o, to, why.saying(fmt.Sprintf("Too late to cancel: the shipment is %s.", fact.Status)), order.CancelRefused{OrderID: o.ID})
	if err := c.deliverIfAllArrived(ctx, map[order.ID]occasion{o.ID: why}); err != nil {
		return err
	}
	return c.write(ctx)
}
