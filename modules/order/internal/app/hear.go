package app

import (
	"context"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/store"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Subscription is all that the module hears. Facts of one payment or shipment come in their order;
// those of different ones may come in any, so that a handler takes what does not fit the order's
// status as news for the projection and the timeline, not as an error.
func (a *Orders) Subscription() bus.Subscription {
	return bus.Subscription{Consumer: "order", Schema: a.db, Handlers: []bus.Handler{
		bus.On(a.paymentAuthorized), bus.On(a.paymentCaptured), bus.On(a.paymentDeclined), bus.On(a.paymentVoided),
		bus.On(a.shipmentCreated), bus.On(a.shipmentPacked), bus.On(a.shipmentShipped), bus.On(a.shipmentDelivered),
		bus.On(a.shipmentChanged), bus.On(a.shipmentCancelled), bus.On(a.cancelRefused),
		bus.On(a.reservationLost),
	}}
}

// reservationLost: the stock is gone, which catalog found out after it had promised it. A pending
// order ends; of a confirmed one shipping says whether it has the goods in its hands after all.
func (a *Orders) reservationLost(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact catalog.ReservationLost) error {
	o, err := store.Lock(ctx, tx, order.ID{UUID: fact.OrderID})
	if err != nil {
		return err
	}
	why := core.Reason{Cause: e.Type.Name, Actor: e.Source, Note: "The stock that was promised is gone."}
	if _, ok := o.Status.Next(core.StockLost); !ok {
		return a.record(ctx, tx, &o, why)
	}
	return a.stop(ctx, tx, &o, core.StockLost, why)
}
