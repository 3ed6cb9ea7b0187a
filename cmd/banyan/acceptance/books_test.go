package acceptance_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// books are all that the operator sees of orders, money and parcels.
type books struct {
	orders    map[string]order
	payments  map[string][]payment  // by order
	shipments map[string][]shipment // by order
}

func (s *server) books(t *testing.T) books {
	t.Helper()
	b := books{orders: map[string]order{}, payments: map[string][]payment{}, shipments: map[string][]shipment{}}
	for _, o := range all[order](t, s, "/v1/orders?") {
		require.NotContains(t, b.orders, o.ID, "listed twice")
		b.orders[o.ID] = o
	}
	for _, p := range all[payment](t, s, "/v1/payments?") {
		b.payments[p.OrderID] = append(b.payments[p.OrderID], p)
	}
	for _, parcel := range all[shipment](t, s, "/v1/shipments?") {
		b.shipments[parcel.OrderID] = append(b.shipments[parcel.OrderID], parcel)
	}
	return b
}

// drained says whether nothing is under way any more: every order has heard all there is to hear of its
// money and parcels, no payment waits for the provider, and what an order's end or its parcel asks for
// has been done.
func (b books) drained() bool {
	for id, o := range b.orders {
		if !b.hasHeardAll(o) || o.Status == "cancelling" || len(b.payments[id]) == 0 {
			return false
		}
		if o.Status == "confirmed" && len(b.shipments[id]) == 0 {
			return false
		}
		for _, p := range b.payments[id] {
			if p.Status == "ready" || unsettled(p, o) {
				return false
			}
		}
	}
	return true
}

// hasHeardAll says whether an order tells of its payments and shipments what those tell themselves.
func (b books) hasHeardAll(o order) bool {
	heard := map[string]string{}
	for _, p := range o.Payments {
		heard[p.ID] = p.Status
	}
	for _, parcel := range o.Shipments {
		heard[parcel.ID] = parcel.Status
	}
	for _, p := range b.payments[o.ID] {
		if heard[p.ID] != p.Status {
			return false
		}
	}
	for _, parcel := range b.shipments[o.ID] {
		if heard[parcel.ID] != parcel.Status {
			return false
		}
	}
	return true
}

// unsettled says whether a payment is still to be given back or taken.
func unsettled(p payment, o order) bool {
	ended := o.Status == "cancelled" || o.Status == "expired"
	taken := o.Fulfilment == "shipped" || o.Fulfilment == "delivered"
	return p.Status == "authorised" && (ended || taken || o.Status == "pending_payment")
}

// awaitDrained waits until everything has settled.
func (s *server) awaitDrained(t *testing.T) books {
	t.Helper()
	var b books
	require.Eventually(t, func() bool {
		b = s.books(t)
		return b.drained()
	}, time.Minute, 50*time.Millisecond, "something stays under way")
	return b
}

// requireSound is what must hold whatever has happened, once everything has settled: money, parcels and
// pieces fit the orders. Pieces is what each SKU had in the beginning.
func (s *server) requireSound(t *testing.T, pieces map[string]int64) books {
	t.Helper()
	b := s.awaitDrained(t)
	held, promised, gone := map[string]int64{}, map[string]int64{}, map[string]int64{}
	for _, o := range b.orders {
		b.requireMoneyFits(t, o)
		b.requireParcelsFit(t, o)
		for _, l := range o.Lines {
			switch {
			case o.Status == "delivered" || o.Fulfilment == "shipped":
				gone[l.SKU] += l.Quantity
			case o.Status == "confirmed":
				promised[l.SKU] += l.Quantity
			case o.Status == "pending_payment":
				held[l.SKU] += l.Quantity
			}
		}
	}
	for id := range b.payments {
		require.Contains(t, b.orders, id, "a payment for no order")
	}
	for id := range b.shipments {
		require.Contains(t, b.orders, id, "a parcel for no order")
	}
	for sku, had := range pieces {
		want := stock{OnHand: had - gone[sku], Held: held[sku], Allocated: promised[sku]}
		want.Available = want.OnHand - want.Held - want.Allocated
		require.Eventually(t, func() bool { return s.stock(t, sku) == want }, patience, soon,
			"%s: want %+v, is %s", sku, want, s.look(t, "/v1/skus/"+sku).body)
	}
	return b
}

func (b books) requireMoneyFits(t *testing.T, o order) {
	t.Helper()
	kept := int64(0)
	for _, p := range b.payments[o.ID] {
		require.Equal(t, o.Total, p.Amount)
		seen := map[string]int{}
		for _, e := range p.Ledger {
			seen[e.Operation+" "+e.Kind+" "+e.Result]++
			seen[e.Kind+" "+e.Result]++
		}
		for what, times := range seen {
			require.Equal(t, 1, times, "%s of payment %s, order %s", what, p.ID, o.ID)
		}
		if p.Status == "authorised" || p.Status == "captured" {
			kept += p.Amounts.Authorised.Amount - p.Amounts.Voided.Amount
		}
	}
	want := int64(0)
	if o.Status == "confirmed" || o.Status == "delivered" {
		want = o.Total.Amount
	}
	require.Equal(t, want, kept, "money kept for order %s, which is %s", o.ID, o.Status)
}

func (b books) requireParcelsFit(t *testing.T, o order) {
	t.Helper()
	parcels := b.shipments[o.ID]
	switch o.Status {
	case "confirmed", "delivered":
		require.Len(t, parcels, 1, o.ID)
		require.Equal(t, o.Lines, parcels[0].Lines)
		require.NotEqual(t, "cancelled", parcels[0].Status)
	default:
		for _, p := range parcels {
			require.Equal(t, "cancelled", p.Status, "a parcel of order %s, which is %s", o.ID, o.Status)
		}
	}
}
