package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/ordertest"
	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/platform/dbtest"
)

func TestAPendingOrderIsCancelledAtOnceAndLateMoneyIsTold(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		v := shop.Placed()
		cancelled, err := shop.Cancel(t.Context(), shop.Owner(v.ID), v.ID, "Found it cheaper.")
		require.NoError(t, err)
		require.Equal(t, core.Cancelled, cancelled.Status)
		require.Equal(t, "Found it cheaper.", ordertest.Told[order.Cancelled](shop, v.ID).Reason)
		_, err = shop.Cancel(t.Context(), shop.Owner(v.ID), v.ID, "Again.")
		require.NoError(t, err, "asking again is no mistake")

		require.NoError(t, shop.Hear(ordertest.Authorised(v)))
		require.Equal(t, core.Cancelled, shop.Look(v.ID).Status)
		voided := payment.Voided{PaymentID: payment.ID{UUID: v.Attempt.ID}, OrderID: v.ID.UUID, Method: "card", Amount: v.Total}
		require.NoError(t, shop.Hear(voided))
		require.Equal(t, "voided", shop.Look(v.ID).PaymentStatus())
		require.Equal(t, []string{
			"placed > pending_payment", "cancel > cancelled", "payment.authorized > cancelled", "payment.voided > cancelled",
		}, shop.Causes(v.ID))
		require.Equal(t, []string{"order.placed", "order.cancelled"}, shop.Stated(v.ID))
	})
}

func TestAConfirmedOrderIsCancelledWhenShippingSaysThatNothingGoes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		v := shop.Confirmed()
		parcel := newShipment()
		require.NoError(t, shop.Hear(ordertest.Everything(v, parcel)))
		asked, err := shop.Cancel(t.Context(), shop.Operator(), v.ID, "The customer called.")
		require.NoError(t, err)
		require.Equal(t, core.Cancelling, asked.Status)
		require.NoError(t, shop.Hear(shipping.Cancelled{ShipmentID: parcel, OrderID: v.ID.UUID}))
		v = shop.Look(v.ID)
		require.Equal(t, core.Cancelled, v.Status)
		require.Equal(t, "The customer called.", v.CancelReason)
		require.Equal(t, "cancelled", v.Shipments[0].State)
		require.Len(t, v.Shipments[0].Lines, 2, "what was to be sent stays known")
		require.Equal(t, []string{"order.placed", "order.confirmed", "order.cancel_requested", "order.cancelled"}, shop.Stated(v.ID))
	})
}

func TestAConfirmedOrderWithoutAShipmentIsCancelledByShippingsTombstone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		v := shop.Confirmed()
		_, err := shop.Cancel(t.Context(), shop.Owner(v.ID), v.ID, "")
		require.NoError(t, err)
		require.NoError(t, shop.Hear(shipping.Cancelled{ShipmentID: newShipment(), OrderID: v.ID.UUID}))
		require.Equal(t, core.Cancelled, shop.Look(v.ID).Status)
	})
}

func TestCancellingAgainstPackingEndsAsShippingSays(t *testing.T) {
	t.Parallel()
	for name, packedFirst := range map[string]bool{"packing is heard before the wish": true, "packing is heard after the wish": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
				shop := ordertest.Open(t, e.DB(t, "order"))
				v := shop.Confirmed()
				parcel := newShipment()
				require.NoError(t, shop.Hear(ordertest.Everything(v, parcel)))
				packed := shipping.Packed{ShipmentID: parcel, OrderID: v.ID.UUID}
				if packedFirst {
					require.NoError(t, shop.Hear(packed))
				}
				_, err := shop.Cancel(t.Context(), shop.Owner(v.ID), v.ID, "Too slow.")
				require.NoError(t, err)
				if !packedFirst {
					require.NoError(t, shop.Hear(packed))
				}
				require.Equal(t, core.Cancelling, shop.Look(v.ID).Status, "shipping has not answered")
				refused := shipping.CancelRefused{ShipmentID: parcel, OrderID: v.ID.UUID, Status: "packed"}
				require.NoError(t, shop.Hear(refused))
				now := shop.Look(v.ID)
				require.Equal(t, core.Confirmed, now.Status)
				require.Equal(t, "packed", now.FulfilmentStatus())
				require.Empty(t, now.CancelReason)
				require.Equal(t, "order.cancel_refused", shop.Stated(v.ID)[3])
				require.NoError(t, shop.Hear(shipping.Delivered{ShipmentID: parcel, OrderID: v.ID.UUID}))
				_, err = shop.Cancel(t.Context(), shop.Owner(v.ID), v.ID, "Too late.")
				require.ErrorIs(t, err, order.ErrNotCancellable)
			})
		})
	}
}

func TestAnOrderThatArrivedWhileItWasBeingCancelledIsDelivered(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		v := shop.Confirmed()
		parcel := newShipment()
		require.NoError(t, shop.Hear(ordertest.Everything(v, parcel)))
		_, err := shop.Cancel(t.Context(), shop.Owner(v.ID), v.ID, "")
		require.NoError(t, err)
		require.NoError(t, shop.Hear(shipping.Delivered{ShipmentID: parcel, OrderID: v.ID.UUID}))
		require.Equal(t, core.Cancelling, shop.Look(v.ID).Status)
		require.NoError(t, shop.Hear(shipping.CancelRefused{ShipmentID: parcel, OrderID: v.ID.UUID, Status: "delivered"}))
		require.Equal(t, core.Delivered, shop.Look(v.ID).Status)
		require.Equal(t, []string{
			"order.placed", "order.confirmed", "order.cancel_requested", "order.cancel_refused", "order.delivered",
		}, shop.Stated(v.ID))
	})
}
