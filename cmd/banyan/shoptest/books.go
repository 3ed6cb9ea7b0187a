package shoptest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Books are all that the operator sees of orders, money and parcels.
type Books struct {
	Orders    map[string]Order
	Payments  map[string][]Payment  // by order
	Shipments map[string][]Shipment // by order
}

// Books reads all orders, payments and shipments.
func (s *Server) Books(t *testing.T) Books {
	t.Helper()
	b := Books{Orders: map[string]Order{}, Payments: map[string][]Payment{}, Shipments: map[string][]Shipment{}}
	for _, o := range All[Order](t, s, "/v1/orders?") {
		require.NotContains(t, b.Orders, o.ID, "listed twice")
		b.Orders[o.ID] = o
	}
	for _, p := range All[Payment](t, s, "/v1/payments?") {
		b.Payments[p.OrderID] = append(b.Payments[p.OrderID], p)
	}
	for _, parcel := range All[Shipment](t, s, "/v1/shipments?") {
		b.Shipments[parcel.OrderID] = append(b.Shipments[parcel.OrderID], parcel)
	}
	return b
}

// underWay says what has not ended yet, empty if everything has: every order has heard all there is to
// hear of its money and parcels, no payment waits for the provider, and what an order's end or its parcel
// asks for has been done.
func (b Books) underWay() string {
	for id, o := range b.Orders {
		switch {
		case o.Status == "cancelling", len(b.Payments[id]) == 0, o.Status == "confirmed" && len(b.Shipments[id]) == 0, !b.hasHeardAll(o):
			return fmt.Sprintf("order %+v, whose payments are %+v and shipments %+v", o, b.Payments[id], b.Shipments[id])
		}
		for _, p := range b.Payments[id] {
			if p.Status == "ready" || unsettled(p, o) {
				return fmt.Sprintf("payment %+v of order %+v", p, o)
			}
		}
	}
	return ""
}

// hasHeardAll says whether an order tells of its payments and shipments what those tell themselves.
func (b Books) hasHeardAll(o Order) bool {
	heard := map[string]string{}
	for _, p := range o.Payments {
		heard[p.ID] = p.Status
	}
	for _, parcel := range o.Shipments {
		heard[parcel.ID] = parcel.Status
	}
	for _, p := range b.Payments[o.ID] {
		if heard[p.ID] != p.Status {
			return false
		}
	}
	for _, parcel := range b.Shipments[o.ID] {
		if heard[parcel.ID] != parcel.Status {
			return false
		}
	}
	return true
}

// unsettled says whether a payment is still to be given back or taken.
func unsettled(p Payment, o Order) bool {
	ended := o.Status == "cancelled" || o.Status == "expired"
	taken := o.Fulfilment == "shipped" || o.Fulfilment == "delivered"
	return p.Status == "authorised" && (ended || taken || o.Status == "pending_payment")
}

// AwaitDrained waits until everything has settled.
func (s *Server) AwaitDrained(t *testing.T) Books {
	t.Helper()
	enough := time.After(time.Minute)
	for {
		b := s.Books(t)
		left := b.underWay()
		if left == "" {
			return b
		}
		select {
		case <-enough:
			require.FailNow(t, "it stays under way", left)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// RequireSound is what must hold whatever has happened, once everything has settled: money, parcels and
// pieces fit the orders. Pieces is what each SKU had in the beginning.
func (s *Server) RequireSound(t *testing.T, pieces map[string]int64) Books {
	t.Helper()
	b := s.AwaitDrained(t)
	held, promised, gone := map[string]int64{}, map[string]int64{}, map[string]int64{}
	for _, o := range b.Orders {
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
	for id := range b.Payments {
		require.Contains(t, b.Orders, id, "a payment for no order")
	}
	for id := range b.Shipments {
		require.Contains(t, b.Orders, id, "a parcel for no order")
	}
	for sku, had := range pieces {
		want := Stock{OnHand: had - gone[sku], Held: held[sku], Allocated: promised[sku]}
		want.Available = want.OnHand - want.Held - want.Allocated
		require.Eventually(t, func() bool { return s.Stock(t, sku) == want }, Patience, Soon,
			"%s: want %+v, is %s", sku, want, s.look(t, "/v1/skus/"+sku).Body)
	}
	return b
}

func (b Books) requireMoneyFits(t *testing.T, o Order) {
	t.Helper()
	kept := int64(0)
	for _, p := range b.Payments[o.ID] {
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

func (b Books) requireParcelsFit(t *testing.T, o Order) {
	t.Helper()
	parcels := b.Shipments[o.ID]
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

// RequireSettledOnce: the order became what its payment says, by one attempt and each step once.
func (s *Server) RequireSettledOnce(t *testing.T, b Books, id string, p Purchase) {
	t.Helper()
	want := []string{"pending_payment by placed", "confirmed by payment.authorized"}
	if p.Token == "tok_declined" {
		want[1] = "pending_payment by payment.declined"
	}
	require.Equal(t, want, s.Causes(t, id))
	require.Len(t, b.Payments[id], 1)
}

// None says whether no order has a status.
func (b Books) None(status string) bool {
	for _, o := range b.Orders {
		if o.Status == status {
			return false
		}
	}
	return true
}
