package acceptance_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
)

func TestAnOrderTravelsToItsCustomer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e)
		s.Offer(t, map[string]int64{"TEA": 10, "CUP": 5})
		wanted := shoptest.Buy("TEA", 2).Waiting(20)
		wanted.Lines = append(wanted.Lines, shoptest.Line{SKU: "CUP", Quantity: 1})
		a, err := s.Post(t.Context(), wanted)
		require.NoError(t, err)
		o := shoptest.Decoded[shoptest.Order](t, a)
		require.Equal(t, http.StatusCreated, a.Status)
		require.Equal(t, "/v1/orders/"+o.ID, a.Header.Get("Location"))
		require.Equal(t, "wait=20", a.Header.Get("Preference-Applied"))
		require.Equal(t, "confirmed", o.Status)
		require.Equal(t, "authorised", o.Payment)
		require.Equal(t, shoptest.Amount{Amount: 3 * shoptest.UnitPrice, Currency: "KRW"}, o.Total)

		parcel := s.ShipmentOf(t, o.ID)
		for _, step := range []string{"accepted", "packed", "shipped", "in_transit", "out_for_delivery", "delivered"} {
			a := s.Move(t, parcel.ID, step)
			require.Equal(t, http.StatusOK, a.Status, a.Body)
			require.Equal(t, step, shoptest.Decoded[shoptest.Shipment](t, a).Status)
		}
		o = s.Eventually(t, o.ID, func(o shoptest.Order) bool { return o.Status == "delivered" && o.Payment == "captured" })
		require.Equal(t, "delivered", o.Fulfilment)
		paid := shoptest.All[shoptest.Payment](t, s, "/v1/payments?order_id="+o.ID+"&")
		require.Len(t, paid, 1)
		require.Equal(t, o.Total, paid[0].Amounts.Captured)
		require.Len(t, paid[0].Ledger, 4, "authorisation and charge, each requested and succeeded")
		s.RequireSound(t, map[string]int64{"TEA": 10, "CUP": 5})
		require.Equal(t, shoptest.Stock{OnHand: 8, Available: 8}, s.Stock(t, "TEA"))
		require.Equal(t, []string{
			"pending_payment by placed", "confirmed by payment.authorized", "delivered by shipping.delivered",
		}, s.Causes(t, o.ID))
	})
}

func TestAnOrderIsSeenByWhoPlacedItAndTheOperatorAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e)
		s.Offer(t, map[string]int64{"TEA": 10})
		mine, other := s.Place(t, shoptest.Buy("TEA", 1).Waiting(20)), s.Place(t, shoptest.Buy("TEA", 1).Waiting(20))
		parcel := s.ShipmentOf(t, mine.ID)
		paths := []string{
			"/v1/orders/" + mine.ID, "/v1/orders/" + mine.ID + "/timeline", "/v1/payments/" + mine.Payments[0].ID,
			"/v1/payments?order_id=" + mine.ID, "/v1/shipments/" + parcel.ID, "/v1/shipments?order_id=" + mine.ID,
		}
		for _, path := range paths {
			for _, token := range []string{mine.AccessToken, shoptest.OperatorToken} {
				a := s.Ask(t, http.MethodGet, path, "", "Authorization", "Bearer "+token)
				require.Equal(t, http.StatusOK, a.Status, path)
				require.NotContains(t, a.Body, "access_token", "only placing an order tells it")
				require.NotContains(t, a.Body, "tok_ok", "the means to charge a customer are nobody's to read")
			}
			for _, token := range []string{"", other.AccessToken, "oat_wrong", shoptest.OperatorToken + "x"} {
				a := s.Ask(t, http.MethodGet, path, "", "Authorization", "Bearer "+token)
				require.Contains(t, []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}, a.Status, path)
			}
		}
		require.Equal(t, http.StatusNotFound, s.Cancel(t, shoptest.Order{ID: mine.ID, AccessToken: other.AccessToken}).Status)
		require.Equal(t, "confirmed", s.Order(t, mine.ID).Status)
	})
}

func TestARepeatedRequestIsAnsweredByTheOrderItMade(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e)
		s.Offer(t, map[string]int64{"TEA": 10})
		wanted := shoptest.Buy("TEA", 3)
		first := s.Place(t, wanted)
		again := s.Place(t, wanted.Waiting(20))
		require.Equal(t, first.ID, again.ID)
		require.Equal(t, first.AccessToken, again.AccessToken, "a lost answer can be had again")
		require.Equal(t, "confirmed", again.Status, "as the order stands now")
		a, err := s.Post(t.Context(), wanted.Waiting(999))
		require.NoError(t, err)
		require.Equal(t, "wait=30", a.Header.Get("Preference-Applied"), "nobody waits longer")
		wanted.Lines = []shoptest.Line{{SKU: "TEA", Quantity: 4}}
		a, err = s.Post(t.Context(), wanted)
		require.NoError(t, err)
		require.Equal(t, http.StatusUnprocessableEntity, a.Status)
		require.Equal(t, "idempotency_key_reused", shoptest.Decoded[shoptest.Problem](t, a).Code)
		b := s.RequireSound(t, map[string]int64{"TEA": 10})
		require.Len(t, b.Orders, 1)
	})
}
