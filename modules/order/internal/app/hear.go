package app

import (
	"context"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/store"
	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Subscription is all that the module hears. Facts of one payment or shipment come in their order;
// those of different ones may come in any, so that a handler takes what does not fit the order's
// status as news for the projection and the timeline, not as an error. What may change an order comes
// in sets of different orders, what is only kept of a shipment in sets of different shipments.
func (a *Orders) Subscription() bus.Subscription {
	return bus.Subscription{Consumer: "order", Schema: a.db, Handlers: []bus.Handler{
		bus.OnSet(func(f payment.Authorized) id.UUID { return f.OrderID }, a.paymentAuthorized),
		bus.OnSet(func(f payment.Captured) id.UUID { return f.OrderID }, a.paymentCaptured),
		bus.OnSet(func(f payment.Declined) id.UUID { return f.OrderID }, a.paymentDeclined),
		bus.OnSet(func(f payment.Voided) id.UUID { return f.OrderID }, a.paymentVoided),
		bus.OnSet(func(f shipping.Created) id.UUID { return f.ShipmentID.UUID }, a.shipmentCreated),
		bus.OnSet(func(f shipping.Packed) id.UUID { return f.ShipmentID.UUID }, a.shipmentPacked),
		bus.OnSet(func(f shipping.Shipped) id.UUID { return f.ShipmentID.UUID }, a.shipmentShipped),
		bus.OnSet(func(f shipping.StatusChanged) id.UUID { return f.ShipmentID.UUID }, a.shipmentChanged),
		bus.OnSet(func(f shipping.Delivered) id.UUID { return f.OrderID }, a.shipmentDelivered),
		bus.On(a.shipmentCancelled), bus.On(a.cancelRefused),
		bus.On(a.reservationLost),
	}}
}

// reservationLost: the stock is gone, which catalog found out after it had promised it. A pending
// order ends; of a confirmed one shipping says whether it has the goods in its hands after all.
func (a *Orders) reservationLost(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact catalog.ReservationLost) error {
	return a.change(ctx, tx, order.ID{UUID: fact.OrderID}, func(c *changes, o *store.Locked) error {
		why := heard(e).saying("The stock that was promised is gone.")
		if _, ok := o.Status.Next(core.StockLost); !ok {
			c.record(o, why)
			return nil
		}
		return c.stop(o, core.StockLost, why)
	})
}
