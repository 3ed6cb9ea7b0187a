package acceptance_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
)

func TestWhatIsNotThereCanNotBeBoughtAndTheAnswerSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		s.offer(t, map[string]int64{"TEA": 2, "CUP": 9, "POT": 0})
		wanted := buy("TEA", 3)
		wanted.lines = append(wanted.lines, line{"CUP", 1}, line{"POT", 1})
		a, err := s.post(t.Context(), wanted)
		require.NoError(t, err)
		require.Equal(t, http.StatusConflict, a.status)
		p := decoded[problem](t, a)
		require.Equal(t, "out_of_stock", p.Code)
		require.JSONEq(t, `[{"sku":"POT","requested":1,"available":0},{"sku":"TEA","requested":3,"available":2}]`, string(p.Details))
		require.Empty(t, s.requireSound(t, map[string]int64{"TEA": 2, "CUP": 9, "POT": 0}).orders)
	})
}

func TestAPriceThatChangedIsToldAndNothingIsBought(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		s.offer(t, map[string]int64{"TEA": 2})
		wanted := buy("TEA", 2)
		wanted.total = 1999
		a, err := s.post(t.Context(), wanted)
		require.NoError(t, err)
		require.Equal(t, http.StatusConflict, a.status)
		p := decoded[problem](t, a)
		require.Equal(t, "price_changed", p.Code)
		require.JSONEq(t, `{"expected":{"amount":1999,"currency":"KRW"},"actual":{"amount":2000,"currency":"KRW"}}`, string(p.Details))
		require.Empty(t, s.requireSound(t, map[string]int64{"TEA": 2}).orders)
	})
}

func TestADeclinedPaymentCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		s.offer(t, map[string]int64{"TEA": 2})
		o := s.place(t, buy("TEA", 2).by("tok_declined").waiting(20))
		require.Equal(t, "pending_payment", o.Status)
		require.Equal(t, "declined", o.Payment)
		require.Equal(t, "card_declined", o.Payments[0].Code)
		require.Equal(t, int64(2), s.stock(t, "TEA").Held, "the customer keeps the pieces")

		a := s.pay(t, o, "tok_insufficient_funds")
		require.Equal(t, http.StatusCreated, a.status, a.body)
		s.eventually(t, o.ID, func(o order) bool { return o.Payment == "declined" && len(o.Payments) == 2 })
		a = s.pay(t, o, "tok_ok")
		require.Equal(t, http.StatusCreated, a.status, a.body)
		s.eventually(t, o.ID, is("confirmed"))
		a = s.pay(t, o, "tok_ok")
		require.Equal(t, http.StatusConflict, a.status)
		require.Equal(t, "order_not_payable", decoded[problem](t, a).Code)
		b := s.requireSound(t, map[string]int64{"TEA": 2})
		require.Len(t, b.payments[o.ID], 3)
	})
}

func TestAnOrderIsCancelledUntilItIsPacked(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		s.offer(t, map[string]int64{"TEA": 10})

		early := s.place(t, buy("TEA", 1).waiting(20))
		require.Equal(t, http.StatusOK, s.cancel(t, early).status)
		s.eventually(t, early.ID, func(o order) bool { return o.Status == "cancelled" && o.Payment == "voided" })
		require.Equal(t, []string{
			"pending_payment by placed", "confirmed by payment.authorized", "cancelling by cancel", "cancelled by shipping.cancelled",
		}, s.causes(t, early.ID)[:4])
		require.Equal(t, http.StatusOK, s.cancel(t, early).status, "asked again it is as it was")

		unpaid := s.place(t, buy("TEA", 2).by("tok_declined").waiting(20))
		require.Equal(t, "cancelled", decoded[order](t, s.cancel(t, unpaid)).Status, "nobody else has to be asked")

		late := s.place(t, buy("TEA", 3).waiting(20))
		parcel := s.shipmentOf(t, late.ID)
		require.Equal(t, http.StatusOK, s.move(t, parcel.ID, "packed").status)
		require.Equal(t, http.StatusOK, s.cancel(t, late).status)
		s.eventually(t, late.ID, is("confirmed"))
		require.Equal(t, []string{"cancelling by cancel", "confirmed by shipping.cancel_refused"}, s.causes(t, late.ID)[2:])

		s.requireSound(t, map[string]int64{"TEA": 10})
		require.Equal(t, stock{OnHand: 10, Allocated: 3, Available: 7}, s.stock(t, "TEA"))
	})
}

func TestAnOrderCancelledWhileItIsPaidForKeepsNoMoney(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		s.offer(t, map[string]int64{"TEA": 10})
		o := s.place(t, buy("TEA", 4).by("tok_slow"))
		require.Eventually(t, func() bool {
			return len(all[payment](t, s, "/v1/payments?order_id="+o.ID+"&")) == 1
		}, patience, soon, "the provider is being asked")
		require.Equal(t, "cancelled", decoded[order](t, s.cancel(t, o)).Status)
		s.eventually(t, o.ID, func(o order) bool { return o.Payment == "voided" })
		s.requireSound(t, map[string]int64{"TEA": 10})
	})
}

func TestAnOrderThatNobodyPaysForExpires(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e, "BANYAN_HOLD=1s")
		s.offer(t, map[string]int64{"TEA": 10})
		unpaid := s.place(t, buy("TEA", 4).by("tok_declined"))
		paid := s.place(t, buy("TEA", 1).by("tok_slow")) // the answer comes after the deadline
		s.eventually(t, unpaid.ID, is("expired"))
		a := s.pay(t, unpaid, "tok_ok")
		require.Equal(t, http.StatusConflict, a.status)
		require.Equal(t, "order_not_payable", decoded[problem](t, a).Code)
		require.Equal(t, http.StatusConflict, s.cancel(t, unpaid).status)
		require.Contains(t, s.causes(t, unpaid.ID), "expired by deadline")
		require.Equal(t, "confirmed", s.order(t, paid.ID).Status, "whose payment is under way is waited for")
		s.requireSound(t, map[string]int64{"TEA": 10})
	})
}
