package core_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order/internal/core"
)

func parcel(state string, lines ...core.ShippedLine) core.Shipment {
	return core.Shipment{State: state, Lines: lines}
}

func TestFulfilmentStatusFollowsTheGoods(t *testing.T) {
	t.Parallel()
	ordered := []core.Line{{SKU: "MUG", Quantity: 2}, {SKU: "POT", Quantity: 1}}
	mugs, pot := core.ShippedLine{SKU: "MUG", Quantity: 2}, core.ShippedLine{SKU: "POT", Quantity: 1}
	for want, shipments := range map[string][]core.Shipment{
		"unfulfilled":         {},
		"preparing":           {parcel("pending", mugs, pot)},
		"packed":              {parcel("packed", mugs), parcel("pending", pot)},
		"partially_shipped":   {parcel("in_transit", mugs), parcel("packed", pot)},
		"shipped":             {parcel("out_for_delivery", mugs), parcel("shipped", pot)},
		"partially_delivered": {parcel("delivered", mugs), parcel("shipped", pot)},
		"delivered":           {parcel("delivered", mugs), parcel("delivered", pot)},
	} {
		require.Equal(t, want, core.View{Order: core.Order{Lines: ordered}, Shipments: shipments}.FulfilmentStatus())
	}
	for _, state := range []string{"cancelled", "lost", "returned_to_sender"} {
		v := core.View{Order: core.Order{Lines: ordered}, Shipments: []core.Shipment{parcel(state, mugs, pot)}}
		require.Equal(t, "unfulfilled", v.FulfilmentStatus(), state)
	}
}

func TestAllHasArrivedWhenDeliveredParcelsHoldEveryPieceOrdered(t *testing.T) {
	t.Parallel()
	ordered := []core.Line{{SKU: "MUG", Quantity: 1}, {SKU: "POT", Quantity: 1}, {SKU: "MUG", Quantity: 1}}
	mug, mugs := core.ShippedLine{SKU: "MUG", Quantity: 1}, core.ShippedLine{SKU: "MUG", Quantity: 2}
	pot := core.ShippedLine{SKU: "POT", Quantity: 1}
	require.True(t, core.AllArrived(ordered, []core.Shipment{parcel("delivered", mugs, pot)}))
	require.True(t, core.AllArrived(ordered, []core.Shipment{parcel("delivered", mug), parcel("delivered", mug, pot)}))
	require.False(t, core.AllArrived(ordered, []core.Shipment{parcel("delivered", mug, pot)}))
	require.False(t, core.AllArrived(ordered, []core.Shipment{parcel("delivered", mugs), parcel("shipped", pot)}))
	require.False(t, core.AllArrived(ordered, nil))
	require.False(t, core.AllArrived(nil, nil), "an order whose lines were not read has not arrived")
}
