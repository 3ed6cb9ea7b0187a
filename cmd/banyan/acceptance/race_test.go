package acceptance_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
)

func TestManyClientsBuyExactlyWhatIsThere(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		s.offer(t, map[string]int64{"LAST": 100})
		purchases := make([]purchase, 192)
		for i := range purchases {
			purchases[i] = buy("LAST", int64(1+i%2))
		}
		sold := int64(0)
		for i, a := range s.placeAll(t, 64, purchases) {
			if a.status == http.StatusCreated {
				sold += purchases[i].lines[0].Quantity
				continue
			}
			require.Equal(t, http.StatusConflict, a.status, a.body)
			p := decoded[problem](t, a)
			require.Equal(t, "out_of_stock", p.Code)
			left := decoded[[]struct{ Available int64 }](t, answer{body: string(p.Details)})
			require.Less(t, left[0].Available, purchases[i].lines[0].Quantity)
			require.GreaterOrEqual(t, left[0].Available, int64(0))
		}
		if sold == 99 { // the last one was left by clients who wanted two
			s.place(t, buy("LAST", 1))
			sold++
		}
		require.Equal(t, int64(100), sold)
		b := s.requireSound(t, map[string]int64{"LAST": 100})
		for _, o := range b.orders {
			require.Equal(t, "confirmed", o.Status)
		}
		require.Equal(t, stock{OnHand: 100, Allocated: 100}, s.stock(t, "LAST"))
	})
}

func TestTwoRequestsWithOneKeyAtOnceAreOneOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		s.offer(t, map[string]int64{"TEA": 1000})
		const keys, times = 40, 2
		var purchases []purchase
		for range keys {
			one := buy("TEA", 2)
			for range times {
				purchases = append(purchases, one)
			}
		}
		answers := s.placeAll(t, 8, purchases)
		for i := 0; i < len(answers); i += times {
			first, second := decoded[order](t, answers[i]), decoded[order](t, answers[i+1])
			for _, a := range answers[i : i+times] {
				require.Equal(t, http.StatusCreated, a.status, a.body)
			}
			require.Equal(t, first.ID, second.ID)
			require.Equal(t, first.Number, second.Number)
			require.Equal(t, first.AccessToken, second.AccessToken)
			require.Equal(t, answers[i].header.Get("Location"), answers[i+1].header.Get("Location"))
		}
		require.Len(t, s.requireSound(t, map[string]int64{"TEA": 1000}).orders, keys)
		require.Equal(t, int64(2*keys), s.stock(t, "TEA").Allocated)
	})
}

func TestCancellingRacesPackingAndOneOfThemWins(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		const n = 40
		s.offer(t, map[string]int64{"TEA": n})
		purchases := make([]purchase, n)
		for i := range purchases {
			purchases[i] = buy("TEA", 1).waiting(20)
		}
		orders, parcels := make([]order, n), make([]shipment, n)
		for i, a := range s.placeAll(t, 8, purchases) {
			orders[i] = decoded[order](t, a)
			require.Equal(t, "confirmed", orders[i].Status)
		}
		for i, o := range orders {
			parcels[i] = s.shipmentOf(t, o.ID)
		}
		// Customer and packer both press their buttons twice. The packers of each next order look at it some
		// more times before, so that either side wins some.
		var packed, asked [2][n]answer
		each(t, 8, 4*n, func(i int) {
			which, hand := i/4, i/2%2
			if i%2 == 0 {
				asked[hand][which] = s.cancel(t, orders[which])
				return
			}
			for range which % 20 {
				s.order(t, orders[which].ID)
			}
			packed[hand][which] = s.move(t, parcels[which].ID, "packed")
		})
		b := s.requireSound(t, map[string]int64{"TEA": n})
		cancelled := 0
		for i, o := range orders {
			first, second := packed[0][i], packed[1][i]
			require.Equal(t, http.StatusOK, asked[0][i].status, asked[0][i].body)
			require.Equal(t, http.StatusOK, asked[1][i].status, asked[1][i].body)
			require.Equal(t, first.status, second.status, "%s\n%s", first.body, second.body)
			if first.status == http.StatusOK {
				require.Equal(t, "confirmed", b.orders[o.ID].Status)
				require.Equal(t, "packed", b.shipments[o.ID][0].Status)
				continue
			}
			cancelled++
			require.Equal(t, http.StatusConflict, first.status, first.body)
			require.Equal(t, "shipment_cancelled", decoded[problem](t, first).Code)
			require.Equal(t, "cancelled", b.orders[o.ID].Status)
			require.Equal(t, "voided", b.orders[o.ID].Payment)
		}
		t.Logf("%d of %d were cancelled", cancelled, n)
	})
}

// The customer changes his mind, with both hands, while the money is on its way: whenever the wish comes,
// the order ends and no money is kept.
func TestCancellingRacesPayingAndNoMoneyIsKept(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		const n = 60
		s.offer(t, map[string]int64{"TEA": n})
		orders := make([]order, n)
		var asked [2][n]answer
		each(t, 8, n, func(i int) {
			orders[i] = s.place(t, buy("TEA", 1))
			for range i % 10 {
				s.order(t, orders[i].ID)
			}
			each(t, 2, 2, func(hand int) { asked[hand][i] = s.cancel(t, orders[i]) })
		})
		b := s.requireSound(t, map[string]int64{"TEA": n})
		after := map[string]int{}
		for i, o := range orders {
			require.Equal(t, http.StatusOK, asked[0][i].status, asked[0][i].body)
			require.Equal(t, http.StatusOK, asked[1][i].status, asked[1][i].body)
			require.Equal(t, "cancelled", b.orders[o.ID].Status)
			after[s.causes(t, o.ID)[1]]++
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
		s := open(t, e, "BANYAN_HOLD=3s")
		const n = 40
		s.offer(t, map[string]int64{"TEA": n})
		attempts := make([]answer, n)
		orders := make([]order, n)
		each(t, n, n, func(i int) {
			orders[i] = s.place(t, buy("TEA", 1).by("tok_declined").waiting(20))
			switch i {
			case 0:
			case n - 1:
				s.eventually(t, orders[i].ID, is("expired"))
			default:
				<-time.After(time.Until(orders[i].PayBefore.Add(time.Duration(i-3*n/4) * 20 * time.Millisecond)))
			}
			attempts[i] = s.pay(t, orders[i], []string{"tok_ok", "tok_slow"}[i%2])
		})
		outcomes := map[string]int{}
		require.Eventually(t, func() bool {
			return s.books(t).none("pending_payment")
		}, patience, 50*time.Millisecond)
		b := s.requireSound(t, map[string]int64{"TEA": n})
		for i, o := range orders {
			want := "confirmed"
			if attempts[i].status != http.StatusCreated {
				require.Equal(t, http.StatusConflict, attempts[i].status, attempts[i].body)
				want = "expired"
			}
			require.Equal(t, want, b.orders[o.ID].Status)
			told := s.causes(t, o.ID)
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

// none says whether no order has a status.
func (b books) none(status string) bool {
	for _, o := range b.orders {
		if o.Status == status {
			return false
		}
	}
	return true
}
