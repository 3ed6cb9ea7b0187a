package acceptance_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
)

func TestManyClientsBuyExactlyWhatIsThere(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e)
		s.Offer(t, map[string]int64{"LAST": 100})
		purchases := make([]shoptest.Purchase, 192)
		for i := range purchases {
			purchases[i] = shoptest.Buy("LAST", int64(1+i%2))
		}
		sold := int64(0)
		for i, a := range s.PlaceAll(t, 64, purchases) {
			if a.Status == http.StatusCreated {
				sold += purchases[i].Lines[0].Quantity
				continue
			}
			require.Equal(t, http.StatusConflict, a.Status, a.Body)
			p := shoptest.Decoded[shoptest.Problem](t, a)
			require.Equal(t, "out_of_stock", p.Code)
			left := shoptest.Decoded[[]struct{ Available int64 }](t, shoptest.Answer{Body: string(p.Details)})
			require.Less(t, left[0].Available, purchases[i].Lines[0].Quantity)
			require.GreaterOrEqual(t, left[0].Available, int64(0))
		}
		if sold == 99 { // the last one was left by clients who wanted two
			s.Place(t, shoptest.Buy("LAST", 1))
			sold++
		}
		require.Equal(t, int64(100), sold)
		b := s.RequireSound(t, map[string]int64{"LAST": 100})
		for _, o := range b.Orders {
			require.Equal(t, "confirmed", o.Status)
		}
		require.Equal(t, shoptest.Stock{OnHand: 100, Allocated: 100}, s.Stock(t, "LAST"))
	})
}

func TestTwoRequestsWithOneKeyAtOnceAreOneOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e)
		s.Offer(t, map[string]int64{"TEA": 1000})
		const keys, times = 40, 2
		var purchases []shoptest.Purchase
		for range keys {
			one := shoptest.Buy("TEA", 2)
			for range times {
				purchases = append(purchases, one)
			}
		}
		answers := s.PlaceAll(t, 8, purchases)
		for i := 0; i < len(answers); i += times {
			first, second := shoptest.Decoded[shoptest.Order](t, answers[i]), shoptest.Decoded[shoptest.Order](t, answers[i+1])
			for _, a := range answers[i : i+times] {
				require.Equal(t, http.StatusCreated, a.Status, a.Body)
			}
			require.Equal(t, first.ID, second.ID)
			require.Equal(t, first.Number, second.Number)
			require.Equal(t, first.AccessToken, second.AccessToken)
			require.Equal(t, answers[i].Header.Get("Location"), answers[i+1].Header.Get("Location"))
		}
		require.Len(t, s.RequireSound(t, map[string]int64{"TEA": 1000}).Orders, keys)
		require.Equal(t, int64(2*keys), s.Stock(t, "TEA").Allocated)
	})
}

func TestCancellingRacesPackingAndOneOfThemWins(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e)
		const n = 40
		s.Offer(t, map[string]int64{"TEA": n})
		purchases := make([]shoptest.Purchase, n)
		for i := range purchases {
			purchases[i] = shoptest.Buy("TEA", 1).Waiting(20)
		}
		orders, parcels := make([]shoptest.Order, n), make([]shoptest.Shipment, n)
		for i, a := range s.PlaceAll(t, 8, purchases) {
			orders[i] = shoptest.Decoded[shoptest.Order](t, a)
			require.Equal(t, "confirmed", orders[i].Status)
		}
		for i, o := range orders {
			parcels[i] = s.ShipmentOf(t, o.ID)
		}
		// Customer and packer both press their buttons twice. The packers of each next order look at it some
		// more times before, so that either side wins some.
		var packed, asked [2][n]shoptest.Answer
		shoptest.Each(t, 8, 4*n, func(i int) {
			which, hand := i/4, i/2%2
			if i%2 == 0 {
				asked[hand][which] = s.Cancel(t, orders[which])
				return
			}
			for range which % 20 {
				s.Order(t, orders[which].ID)
			}
			packed[hand][which] = s.Move(t, parcels[which].ID, "packed")
		})
		b := s.RequireSound(t, map[string]int64{"TEA": n})
		cancelled := 0
		for i, o := range orders {
			first, second := packed[0][i], packed[1][i]
			require.Equal(t, http.StatusOK, asked[0][i].Status, asked[0][i].Body)
			require.Equal(t, http.StatusOK, asked[1][i].Status, asked[1][i].Body)
			require.Equal(t, first.Status, second.Status, "%s\n%s", first.Body, second.Body)
			if first.Status == http.StatusOK {
				require.Equal(t, "confirmed", b.Orders[o.ID].Status)
				require.Equal(t, "packed", b.Shipments[o.ID][0].Status)
				continue
			}
			cancelled++
			require.Equal(t, http.StatusConflict, first.Status, first.Body)
			require.Equal(t, "shipment_cancelled", shoptest.Decoded[shoptest.Problem](t, first).Code)
			require.Equal(t, "cancelled", b.Orders[o.ID].Status)
			require.Equal(t, "voided", b.Orders[o.ID].Payment)
		}
		t.Logf("%d of %d were cancelled", cancelled, n)
	})
}

// The customer changes his mind, with both hands, while the money is on its way: whenever the wish comes,
// the order ends and no money is kept.
func TestCancellingRacesPayingAndNoMoneyIsKept(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e)
		const n = 60
		s.Offer(t, map[string]int64{"TEA": n})
		orders := make([]shoptest.Order, n)
		var asked [2][n]shoptest.Answer
		shoptest.Each(t, 8, n, func(i int) {
			orders[i] = s.Place(t, shoptest.Buy("TEA", 1))
			for range i % 10 {
				s.Order(t, orders[i].ID)
			}
			shoptest.Each(t, 2, 2, func(hand int) { asked[hand][i] = s.Cancel(t, orders[i]) })
		})
		b := s.RequireSound(t, map[string]int64{"TEA": n})
		after := map[string]int{}
		for i, o := range orders {
			require.Equal(t, http.StatusOK, asked[0][i].Status, asked[0][i].Body)
			require.Equal(t, http.StatusOK, asked[1][i].Status, asked[1][i].Body)
			require.Equal(t, "cancelled", b.Orders[o.ID].Status)
			after[s.Causes(t, o.ID)[1]]++
		}
		t.Logf("what came first: %v", after)
	})
}

// An order that is declined may be paid for until its deadline; attempts begin all around it. Whoever is
// told that an attempt begins gets the order, and whoever is too late keeps the money. The first customer
// pays at once and the last only when the order has expired, so that both ends are seen on any machine.
func TestPayingRacesTheDeadlineAndOneOfThemWins(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e, "BANYAN_HOLD="+shoptest.Longer(3*time.Second).String())
		const n = 40
		s.Offer(t, map[string]int64{"TEA": n})
		attempts := make([]shoptest.Answer, n)
		orders := make([]shoptest.Order, n)
		shoptest.Each(t, n, n, func(i int) {
			orders[i] = s.Place(t, shoptest.Buy("TEA", 1).By("tok_declined").Waiting(20))
			switch i {
			case 0:
			case n - 1:
				s.Eventually(t, orders[i].ID, shoptest.Is("expired"))
			default:
				<-time.After(time.Until(orders[i].PayBefore.Add(time.Duration(i-3*n/4) * 20 * time.Millisecond)))
			}
			attempts[i] = s.Pay(t, orders[i], []string{"tok_ok", "tok_slow"}[i%2])
		})
		outcomes := map[string]int{}
		require.Eventually(t, func() bool {
			return s.Books(t).None("pending_payment")
		}, shoptest.Patience, 50*time.Millisecond)
		b := s.RequireSound(t, map[string]int64{"TEA": n})
		for i, o := range orders {
			want := "confirmed"
			if attempts[i].Status != http.StatusCreated {
				require.Equal(t, http.StatusConflict, attempts[i].Status, attempts[i].Body)
				want = "expired"
			}
			require.Equal(t, want, b.Orders[o.ID].Status)
			told := s.Causes(t, o.ID)
			if want == "confirmed" {
				require.NotContains(t, told, "expired by deadline")
			} else {
				require.NotContains(t, told, "confirmed by payment.authorized")
			}
			outcomes[want]++
		}
		t.Logf("outcomes: %v", outcomes)
		require.Len(t, outcomes, 2, "attempts came on both sides of the deadline")
	})
}
