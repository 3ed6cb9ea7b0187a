package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/ordertest"
	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func newShipment() shipping.ID { return shipping.ID{UUID: id.New()} }

// happy is what the other modules tell of an order that goes well.
func happy(v core.View, parcel shipping.ID) []event.Event {
	created := ordertest.Everything(v, parcel)
	return []event.Event{
		ordertest.Authorised(v),
		created,
		shipping.StatusChanged{ShipmentID: parcel, OrderID: v.ID.UUID, Status: "accepted"},
		shipping.Packed{ShipmentID: parcel, OrderID: v.ID.UUID},
		shipping.Shipped{ShipmentID: parcel, OrderID: v.ID.UUID, Carrier: "CJ", TrackingNumber: "T1", Lines: created.Lines},
		payment.Captured{PaymentID: payment.ID{UUID: v.Attempt.ID}, OrderID: v.ID.UUID, Method: "card", Amount: v.Total},
		shipping.StatusChanged{ShipmentID: parcel, OrderID: v.ID.UUID, Status: "in_transit"},
		shipping.Delivered{ShipmentID: parcel, OrderID: v.ID.UUID},
	}
}

func TestAnOrderGoesFromPlacedToDelivered(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		v := shop.Placed()
		var money, goods []string
		for _, fact := range happy(v, newShipment()) {
			require.NoError(t, shop.Hear(fact))
			now := shop.Look(v.ID)
			money, goods = append(money, now.PaymentStatus()), append(goods, now.FulfilmentStatus())
		}
		require.Equal(t, []string{"authorised", "authorised", "authorised", "authorised", "authorised", "captured", "captured", "captured"}, money)
		require.Equal(t, []string{"unfulfilled", "preparing", "preparing", "packed", "shipped", "shipped", "shipped", "delivered"}, goods)
		v = shop.Look(v.ID)
		require.Equal(t, core.Delivered, v.Status)
		require.Equal(t, "CJ", v.Shipments[0].Carrier)
		require.Equal(t, "T1", v.Shipments[0].TrackingNumber)
		require.Equal(t, []string{
			"placed > pending_payment", "payment.authorized > confirmed", "shipping.delivered > delivered",
		}, shop.Causes(v.ID))
		require.Equal(t, []string{"order.placed", "order.confirmed", "order.delivered"}, shop.Stated(v.ID))
		confirmed := ordertest.Told[order.Confirmed](shop, v.ID)
		require.Equal(t, v.ShipTo, confirmed.ShipTo)
		require.Equal(t, v.Number, confirmed.Number)
		require.Len(t, confirmed.Lines, 2)
	})
}

func TestAnEventThatComesTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		v := shop.Placed()
		facts := append([]event.Event{ordertest.Declined(v)}, happy(v, newShipment())...)
		for _, fact := range facts {
			envelope := ordertest.Enveloped(fact, shop.Clock.Now())
			require.NoError(t, shop.Deliver(envelope))
			once, told, stated := shop.Look(v.ID), shop.Causes(v.ID), shop.Stated(v.ID)
			require.NoError(t, shop.Deliver(envelope))
			require.Equal(t, once, shop.Look(v.ID), envelope.Type.Name)
			require.Equal(t, told, shop.Causes(v.ID), envelope.Type.Name)
			require.Equal(t, stated, shop.Stated(v.ID), envelope.Type.Name)
		}
	})
}

func TestConfirmingTakesSixStatements(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.With(sqldb.Options{}).DB(t, "order"))
		shop.Confirmed() // makes the consumer's number
		v := shop.Placed()
		before, commits := shop.DB.Stats().Statements.Load(), shop.DB.Stats().Commits.Load()
		require.NoError(t, shop.Hear(ordertest.Authorised(v)))
		const findsConsumer = 1 // Deliver looks it up each time, the dispatcher once
		require.EqualValues(t, 6+findsConsumer, shop.DB.Stats().Statements.Load()-before)
		require.EqualValues(t, 1, shop.DB.Stats().Commits.Load()-commits)
	})
}

func TestAfterADeclineTheCustomerPaysInAnotherWay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		first := shop.Placed()
		owner, other := shop.Owner(first.ID), core.Means{Method: "transfer", Token: "tok_2"}
		_, err := shop.RequestPayment(t.Context(), owner, first.ID, "too soon", other)
		require.ErrorIs(t, err, order.ErrPaymentInFlight)
		require.NoError(t, shop.Hear(ordertest.Declined(first)))
		require.Equal(t, "declined", shop.Look(first.ID).PaymentStatus())

		second, err := shop.RequestPayment(t.Context(), owner, first.ID, "again", other)
		require.NoError(t, err)
		require.NotEqual(t, first.Attempt.ID, second.Attempt.ID)
		require.Equal(t, "pending", second.PaymentStatus())
		require.Len(t, second.Payments, 2)
		asked := ordertest.Told[order.PaymentRequested](shop, first.ID)
		require.Equal(t, second.Attempt.ID, asked.Payment.PaymentID)
		require.Equal(t, "tok_2", asked.Payment.Token)
		require.Equal(t, first.Total, asked.Payment.Amount)

		replayed, err := shop.RequestPayment(t.Context(), owner, first.ID, "again", other)
		require.NoError(t, err)
		require.Equal(t, second, replayed)
		_, err = shop.RequestPayment(t.Context(), owner, first.ID, "again", core.Means{Method: "card", Token: "tok_3"})
		require.ErrorIs(t, err, order.ErrKeyReused)

		require.NoError(t, shop.Hear(ordertest.Authorised(second)))
		require.Equal(t, core.Confirmed, shop.Look(first.ID).Status)
		_, err = shop.RequestPayment(t.Context(), owner, first.ID, "once more", other)
		require.ErrorIs(t, err, order.ErrNotPayable)
		require.Equal(t, []string{"order.placed", "order.payment_requested", "order.confirmed"}, shop.Stated(first.ID))
	})
}

func TestAnAmountThatIsNotTheTotalConfirmsNothingAndTheOrderExpires(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		v := shop.Placed()
		fact := ordertest.Authorised(v)
		fact.Amount = money.Money{Amount: v.Total.Amount - 1, Currency: v.Total.Currency}
		require.NoError(t, shop.Hear(fact))
		require.Equal(t, core.PendingPayment, shop.Look(v.ID).Status)
		require.Equal(t, "authorised", shop.Look(v.ID).PaymentStatus())
		_, err := shop.RequestPayment(t.Context(), shop.Owner(v.ID), v.ID, "key", core.Means{Method: "card", Token: "t"})
		require.ErrorIs(t, err, order.ErrNotPayable)
		shop.Clock.Advance(time.Hour)
		require.NoError(t, shop.ExpireDue(t.Context()))
		require.Equal(t, []string{"order.placed", "order.expired"}, shop.Stated(v.ID))
		require.Equal(t, []string{
			"placed > pending_payment", "payment.authorized > pending_payment", "deadline > expired",
		}, shop.Causes(v.ID))
	})
}

func TestMoneyThatComesByASecondPaymentIsToldAndChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		v := shop.Confirmed()
		fact := ordertest.Authorised(v)
		fact.PaymentID = payment.ID{UUID: id.New()}
		require.NoError(t, shop.Hear(fact))
		require.Len(t, shop.Look(v.ID).Payments, 2)
		require.Equal(t, "payment.authorized > confirmed", shop.Causes(v.ID)[2])
		require.Equal(t, []string{"order.placed", "order.confirmed"}, shop.Stated(v.ID))
	})
}

func TestAnOrderIsDeliveredWhenItsLastParcelArrives(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		v := shop.Confirmed()
		mugs, pot := newShipment(), newShipment()
		for _, fact := range []event.Event{
			shipping.Created{ShipmentID: mugs, OrderID: v.ID.UUID, Lines: []shipping.Line{{SKU: "MUG", Quantity: 2}}},
			shipping.Created{ShipmentID: pot, OrderID: v.ID.UUID, Lines: []shipping.Line{{SKU: "POT", Quantity: 1}}},
			shipping.Delivered{ShipmentID: mugs, OrderID: v.ID.UUID},
		} {
			require.NoError(t, shop.Hear(fact))
		}
		require.Equal(t, core.Confirmed, shop.Look(v.ID).Status)
		require.Equal(t, "partially_delivered", shop.Look(v.ID).FulfilmentStatus())
		require.NoError(t, shop.Hear(shipping.Delivered{ShipmentID: pot, OrderID: v.ID.UUID}))
		require.Equal(t, core.Delivered, shop.Look(v.ID).Status)
	})
}

func TestStockThatIsLostEndsAPendingOrderAndStopsAConfirmedOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		pending, confirmed := shop.Placed(), shop.Confirmed()
		for _, v := range []core.View{pending, confirmed} {
			require.NoError(t, shop.Hear(catalog.ReservationLost{OrderID: v.ID.UUID}))
		}
		require.Equal(t, core.Cancelled, shop.Look(pending.ID).Status)
		require.Equal(t, core.Cancelling, shop.Look(confirmed.ID).Status)
		require.Equal(t, []string{"order.placed", "order.cancelled"}, shop.Stated(pending.ID))
		require.Equal(t, []string{"order.placed", "order.confirmed", "order.cancel_requested"}, shop.Stated(confirmed.ID))
		require.NoError(t, shop.Hear(catalog.ReservationLost{OrderID: pending.ID.UUID}), "no surprise for an order that has ended")
	})
}

func TestAFactOfAnUnknownOrderIsParkedAndNotSwallowed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		v := shop.Placed()
		v.ID = order.ID{UUID: id.New()}
		require.ErrorIs(t, shop.Hear(ordertest.Authorised(v)), order.ErrNotFound)
	})
}
