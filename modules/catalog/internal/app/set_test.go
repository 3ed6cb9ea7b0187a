package app_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// facts are what a set tells of orders.
func facts(orders []*told, fact func(o *told) event.Event) []event.Envelope {
	set := make([]event.Envelope, len(orders))
	for i, o := range orders {
		o.version++
		set[i] = envelope("order", event.Aggregate{Type: order.AggregateType, ID: o.held.OrderID, Version: o.version}, fact(o))
	}
	return set
}

func placedFact(o *told) event.Event {
	return order.Placed{OrderID: o.id(), Lines: o.lines(), Deadline: o.held.HoldUntil}
}

func confirmedFact(o *told) event.Event { return order.Confirmed{OrderID: o.id(), Lines: o.lines()} }
func cancelledFact(o *told) event.Event { return order.Cancelled{OrderID: o.id()} }
func expiredFact(o *told) event.Event   { return order.Expired{OrderID: o.id()} }

// hearsSet delivers facts as the dispatcher does: together, and one by one when that fails. It answers
// whether they went together.
func (s *shop) hearsSet(t *testing.T, set []event.Envelope) bool {
	t.Helper()
	err := bus.DeliverSet(t.Context(), s.Subscription(), set)
	if err == nil {
		return true
	}
	require.False(t, sqldb.IsInfrastructure(err), "%v", err)
	s.hearsEach(t, set)
	return false
}

func (s *shop) hearsEach(t *testing.T, set []event.Envelope) {
	t.Helper()
	for _, e := range set {
		require.NoError(t, bus.Deliver(t.Context(), s.Subscription(), e))
	}
}

// orders makes orders of one piece of each of the SKUs.
func (s *shop) orders(t *testing.T, name string, n int, skus ...string) []*told {
	t.Helper()
	orders := make([]*told, n)
	for i := range orders {
		orders[i] = s.order(s.reserves(t, s.wants(fmt.Sprintf("%s %d", name, i), skus...)))
	}
	return orders
}

func TestASetOfUsualOrdersGoesTogetherAndTakesFewStatements(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fact  func(*told) event.Event
		most  int // statements, the bus's apart
		after core.Stock
	}{
		{"placed", placedFact, 1, core.Stock{SKU: "A", OnHand: 100, Held: 20}},
		{"confirmed", confirmedFact, 2, core.Stock{SKU: "A", OnHand: 100, Allocated: 20}},
		{"cancelled", cancelledFact, 3, core.Stock{SKU: "A", OnHand: 100}},
		{"expired", expiredFact, 3, core.Stock{SKU: "A", OnHand: 100}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
				var ran atomic.Int64
				s := shopOn(e.With(sqldb.Options{Observe: func(st sqldb.Statement) {
					if !strings.Contains(st.Query, "bus_") {
						ran.Add(1)
					}
				}}).DB(t, "catalog"))
				s.sells(t, 100, "A", "B", "C")
				orders := append(s.orders(t, "k", 10, "A", "B", "A"), s.orders(t, "l", 10, "C", "B")...)
				slices.Reverse(orders)

				ran.Store(0)
				require.True(t, s.hearsSet(t, facts(orders, c.fact)))
				require.EqualValues(t, c.most, ran.Load())
				require.Equal(t, c.after, s.stock(t, "A"))
				s.sound(t)
			})
		})
	}
}

func TestASetWithManySKUsChangesEachOfThemOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		skus := make([]string, 150)
		for i := range skus {
			skus[i] = fmt.Sprintf("SKU-%03d", i)
		}
		s.sells(t, 2, skus...)
		var orders []*told
		for some := range slices.Chunk(skus, 5) {
			orders = append(orders, s.orders(t, some[0], 1, some...)...)
		}
		require.True(t, s.hearsSet(t, facts(orders, confirmedFact)))
		s.sound(t)
		for _, sku := range skus {
			require.Equal(t, core.Stock{SKU: sku, OnHand: 2, Allocated: 1}, s.stock(t, sku))
		}
	})
}

// One order of each fate that a fact may meet, between orders with nothing special.
func TestASetOfOrdersWithMixedFatesIsWhatItsFactsAreOneByOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		together, single := newShop(t, e), newShop(t, e)
		sets, ones := together.mixed(t), single.mixed(t)
		for _, fact := range []func(*told) event.Event{placedFact, confirmedFact, cancelledFact, expiredFact} {
			together.hearsSet(t, facts(sets, fact))
			single.hearsEach(t, facts(ones, fact))
			require.Equal(t, single.promises(t), together.promises(t))
			require.ElementsMatch(t, single.published(t), together.published(t))
			together.sound(t)
			single.sound(t)
		}
		require.Len(t, together.published(t), 2, "placed and confirmed tell of the loss")
	})
}

// mixed makes orders with fates: usual, run out, run out and its stock lost, and shipped in part.
func (s *shop) mixed(t *testing.T) []*told {
	t.Helper()
	s.sells(t, 1, "LAST")
	s.sells(t, 50, "A", "B")
	var orders []*told
	for i, skus := range [][]string{{"A"}, {"A", "B"}, {"A", "LAST"}} {
		r := s.wants(fmt.Sprint("runs out ", i), skus...)
		orders = append(orders, s.order(s.reserves(t, numbered(r, i))))
	}
	s.pass(holdFor)
	_, err := s.ExpireHolds(t.Context())
	require.NoError(t, err)
	s.reserves(t, numbered(s.wants("rival", "LAST"), 99))
	for i := 10; i < 14; i++ {
		orders = append(orders, s.order(s.reserves(t, numbered(s.wants(fmt.Sprint("usual ", i), "B", "A"), i))))
	}
	part := orders[len(orders)-1]
	of, parcel := part.parcel(shipping.Line{SKU: "A", Quantity: 1})
	require.NoError(t, s.hears(t.Context(), "shipping", of, parcel))
	return orders
}

// numbered gives a request an order ID that it has in another shop, too.
func numbered(r catalog.ReserveRequest, n int) catalog.ReserveRequest {
	r.OrderID = id.UUID{15: byte(n + 1)}
	return r
}

// promises tells how all of them stand.
func (s *shop) promises(t *testing.T) []string {
	t.Helper()
	var rows []struct {
		OrderID id.UUID `db:"order_id"`
		SKU     string  `db:"sku"`
		State   string  `db:"state"`
		Shipped int     `db:"shipped"`
		Claimed bool    `db:"claimed"`
	}
	require.NoError(t, s.db.Select(t.Context(), &rows,
		"SELECT order_id, sku, state, shipped, claimed FROM reservation ORDER BY order_id, line_no"))
	told := make([]string, len(rows))
	for i, row := range rows {
		told[i] = fmt.Sprint(row)
	}
	return told
}

// Reserving locks the stock that sets change. Whatever comes first, the counts stay right.
func TestStockIsConservedWhileSetsAndClientsWantTheSameSKUs(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shopOn(e.With(sqldb.Options{}).DB(t, "catalog"))
		skus := []string{"A", "B", "C", "D", "E", "F"}
		s.sells(t, 10_000, skus...)
		var clients sync.WaitGroup
		for c := range 4 {
			clients.Go(func() {
				for round := range 5 {
					name := fmt.Sprintf("client %d, round %d", c, round)
					orders := append(s.orders(t, name, 6, skus[c%3], skus[5-c]), s.orders(t, name+"b", 6, skus[(c+2)%6])...)
					rand.Shuffle(len(orders), func(i, k int) { orders[i], orders[k] = orders[k], orders[i] })
					if !s.hearsSet(t, facts(orders, placedFact)) || !s.hearsSet(t, facts(orders, confirmedFact)) {
						t.Error("they are all usual")
					}
					if !s.hearsSet(t, facts(orders[:4], cancelledFact)) {
						t.Error("they can be cancelled together")
					}
				}
			})
		}
		clients.Wait()
		s.sound(t)
		var allocated int64
		for _, sku := range skus {
			stock := s.stock(t, sku)
			require.Zero(t, stock.Held)
			allocated += stock.Allocated
		}
		require.Positive(t, allocated)
	})
}
