package acceptance_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
)

func TestWhatIsNotThereCanNotBeBoughtAndTheAnswerSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e)
		s.Offer(t, map[string]int64{"TEA": 2, "CUP": 9, "POT": 0})
		wanted := shoptest.Buy("TEA", 3)
		wanted.Lines = append(wanted.Lines, shoptest.Line{SKU: "CUP", Quantity: 1}, shoptest.Line{SKU: "POT", Quantity: 1})
		a, err := s.Post(t.Context(), wanted)
		require.NoError(t, err)
		require.Equal(t, http.StatusConflict, a.Status)
		p := shoptest.Decoded[shoptest.Problem](t, a)
		require.Equal(t, "out_of_stock", p.Code)
		require.JSONEq(t, `[{"sku":"POT","requested":1,"available":0},{"sku":"TEA","requested":3,"available":2}]`, string(p.Details))
		require.Empty(t, s.RequireSound(t, map[string]int64{"TEA": 2, "CUP": 9, "POT": 0}).Orders)
	})
}

func TestAPriceThatChangedIsToldAndNothingIsBought(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e)
		s.Offer(t, map[string]int64{"TEA": 2})
		wanted := shoptest.Buy("TEA", 2)
		wanted.Total = 1999
		a, err := s.Post(t.Context(), wanted)
		require.NoError(t, err)
		require.Equal(t, http.StatusConflict, a.Status)
		p := shoptest.Decoded[shoptest.Problem](t, a)
		require.Equal(t, "price_changed", p.Code)
		require.JSONEq(t, `{"expected":{"amount":1999,"currency":"KRW"},"actual":{"amount":2000,"currency":"KRW"}}`, string(p.Details))
		require.Empty(t, s.RequireSound(t, map[string]int64{"TEA": 2}).Orders)
	})
}

func TestADeclinedPaymentCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e)
		s.Offer(t, map[string]int64{"TEA": 2})
		o := s.Place(t, shoptest.Buy("TEA", 2).By("tok_declined").Waiting(20))
		require.Equal(t, "pending_payment", o.Status)
		require.Equal(t, "declined", o.Payment)
		require.Equal(t, "card_declined", o.Payments[0].Code)
		require.Equal(t, int64(2), s.Stock(t, "TEA").Held, "the customer keeps the pieces")

		a := s.Pay(t, o, "tok_insufficient_funds")
		require.Equal(t, http.StatusCreated, a.Status, a.Body)
		s.Eventually(t, o.ID, func(o shoptest.Order) bool { return o.Payment == "declined" && len(o.Payments) == 2 })
		a = s.Pay(t, o, "tok_ok")
		require.Equal(t, http.StatusCreated, a.Status, a.Body)
		s.Eventually(t, o.ID, shoptest.Is("confirmed"))
		a = s.Pay(t, o, "tok_ok")
		require.Equal(t, http.StatusConflict, a.Status)
		require.Equal(t, "order_not_payable", shoptest.Decoded[shoptest.Problem](t, a).Code)
		b := s.RequireSound(t, map[string]int64{"TEA": 2})
		require.Len(t, b.Payments[o.ID], 3)
	})
}

func TestAnOrderIsCancelledUntilItIsPacked(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e)
		s.Offer(t, map[string]int64{"TEA": 10})

		early := s.Place(t, shoptest.Buy("TEA", 1).Waiting(20))
		require.Equal(t, http.StatusOK, s.Cancel(t, early).Status)
		s.Eventually(t, early.ID, func(o shoptest.Order) bool { return o.Status == "cancelled" && o.Payment == "voided" })
		require.Equal(t, []string{
			"pending_payment by placed", "confirmed by payment.authorized", "cancelling by cancel", "cancelled by shipping.cancelled",
		}, s.Causes(t, early.ID)[:4])
		require.Equal(t, http.StatusOK, s.Cancel(t, early).Status, "asked again it is as it was")

		unpaid := s.Place(t, shoptest.Buy("TEA", 2).By("tok_declined").Waiting(20))
		require.Equal(t, "cancelled", shoptest.Decoded[shoptest.Order](t, s.Cancel(t, unpaid)).Status, "nobody else has to be asked")

		late := s.Place(t, shoptest.Buy("TEA", 3).Waiting(20))
		parcel := s.ShipmentOf(t, late.ID)
		require.Equal(t, http.StatusOK, s.Move(t, parcel.ID, "packed").Status)
		require.Equal(t, http.StatusOK, s.Cancel(t, late).Status)
		s.Eventually(t, late.ID, shoptest.Is("confirmed"))
		require.Equal(t, []string{"cancelling by cancel", "confirmed by shipping.cancel_refused"}, s.Causes(t, late.ID)[2:])

		s.RequireSound(t, map[string]int64{"TEA": 10})
		require.Equal(t, shoptest.Stock{OnHand: 10, Allocated: 3, Available: 7}, s.Stock(t, "TEA"))
	})
}

func TestAnOrderCancelledWhileItIsPaidForKeepsNoMoney(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e)
		s.Offer(t, map[string]int64{"TEA": 10})
		o := s.Place(t, shoptest.Buy("TEA", 4).By("tok_slow"))
		require.Eventually(t, func() bool {
			return len(shoptest.All[shoptest.Payment](t, s, "/v1/payments?order_id="+o.ID+"&")) == 1
		}, shoptest.Patience, shoptest.Soon, "the provider is being asked")
		require.Equal(t, "cancelled", shoptest.Decoded[shoptest.Order](t, s.Cancel(t, o)).Status)
		s.Eventually(t, o.ID, func(o shoptest.Order) bool { return o.Payment == "voided" })
		s.RequireSound(t, map[string]int64{"TEA": 10})
	})
}

func TestAnOrderThatNobodyPaysForExpires(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e, "BANYAN_HOLD=1s")
		s.Offer(t, map[string]int64{"TEA": 10})
		unpaid := s.Place(t, shoptest.Buy("TEA", 4).By("tok_declined"))
		paid := s.Place(t, shoptest.Buy("TEA", 1).By("tok_slow")) // the answer comes after the deadline
		s.Eventually(t, unpaid.ID, shoptest.Is("expired"))
		a := s.Pay(t, unpaid, "tok_ok")
		require.Equal(t, http.StatusConflict, a.Status)
		require.Equal(t, "order_not_payable", shoptest.Decoded[shoptest.Problem](t, a).Code)
		require.Equal(t, http.StatusConflict, s.Cancel(t, unpaid).Status)
		require.Contains(t, s.Causes(t, unpaid.ID), "expired by deadline")
		require.Equal(t, "confirmed", s.Order(t, paid.ID).Status, "whose payment is under way is waited for")
		s.RequireSound(t, map[string]int64{"TEA": 10})
	})
}
