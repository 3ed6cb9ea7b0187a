package acceptance_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
)

func TestAnOrderTravelsToItsCustomer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		s.offer(t, map[string]int64{"TEA": 10, "CUP": 5})
		wanted := buy("TEA", 2).waiting(20)
		wanted.lines = append(wanted.lines, line{"CUP", 1})
		a, err := s.post(t.Context(), wanted)
		require.NoError(t, err)
		o := decoded[order](t, a)
		require.Equal(t, http.StatusCreated, a.status)
		require.Equal(t, "/v1/orders/"+o.ID, a.header.Get("Location"))
		require.Equal(t, "wait=20", a.header.Get("Preference-Applied"))
		require.Equal(t, "confirmed", o.Status)
		require.Equal(t, "authorised", o.Payment)
		require.Equal(t, amount{3 * unitPrice, "KRW"}, o.Total)

		parcel := s.shipmentOf(t, o.ID)
		for _, step := range []string{"accepted", "packed", "shipped", "in_transit", "out_for_delivery", "delivered"} {
			a := s.move(t, parcel.ID, step)
			require.Equal(t, http.StatusOK, a.status, a.body)
			require.Equal(t, step, decoded[shipment](t, a).Status)
		}
		o = s.eventually(t, o.ID, func(o order) bool { return o.Status == "delivered" && o.Payment == "captured" })
		require.Equal(t, "delivered", o.Fulfilment)
		paid := all[payment](t, s, "/v1/payments?order_id="+o.ID+"&")
		require.Len(t, paid, 1)
		require.Equal(t, o.Total, paid[0].Amounts.Captured)
		require.Len(t, paid[0].Ledger, 4, "authorisation and charge, each requested and succeeded")
		s.requireSound(t, map[string]int64{"TEA": 10, "CUP": 5})
		require.Equal(t, stock{OnHand: 8, Available: 8}, s.stock(t, "TEA"))
		require.Equal(t, []string{
			"pending_payment by placed", "confirmed by payment.authorized", "delivered by shipping.delivered",
		}, s.causes(t, o.ID))
	})
}

func TestAnOrderIsSeenByWhoPlacedItAndTheOperatorAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		s.offer(t, map[string]int64{"TEA": 10})
		mine, other := s.place(t, buy("TEA", 1).waiting(20)), s.place(t, buy("TEA", 1).waiting(20))
		parcel := s.shipmentOf(t, mine.ID)
		paths := []string{
			"/v1/orders/" + mine.ID, "/v1/orders/" + mine.ID + "/timeline", "/v1/payments/" + mine.Payments[0].ID,
			"/v1/payments?order_id=" + mine.ID, "/v1/shipments/" + parcel.ID, "/v1/shipments?order_id=" + mine.ID,
		}
		for _, path := range paths {
			for _, token := range []string{mine.AccessToken, operatorToken} {
				a := s.ask(t, http.MethodGet, path, "", "Authorization", "Bearer "+token)
				require.Equal(t, http.StatusOK, a.status, path)
				require.NotContains(t, a.body, "access_token", "only placing an order tells it")
				require.NotContains(t, a.body, "tok_ok", "the means to charge a customer are nobody's to read")
			}
			for _, token := range []string{"", other.AccessToken, "oat_wrong", operatorToken + "x"} {
				a := s.ask(t, http.MethodGet, path, "", "Authorization", "Bearer "+token)
				require.Contains(t, []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}, a.status, path)
			}
		}
		require.Equal(t, http.StatusNotFound, s.cancel(t, order{ID: mine.ID, AccessToken: other.AccessToken}).status)
		require.Equal(t, "confirmed", s.order(t, mine.ID).Status)
	})
}

func TestARepeatedRequestIsAnsweredByTheOrderItMade(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		s.offer(t, map[string]int64{"TEA": 10})
		wanted := buy("TEA", 3)
		first := s.place(t, wanted)
		again := s.place(t, wanted.waiting(20))
		require.Equal(t, first.ID, again.ID)
		require.Equal(t, first.AccessToken, again.AccessToken, "a lost answer can be had again")
		require.Equal(t, "confirmed", again.Status, "as the order stands now")
		a, err := s.post(t.Context(), wanted.waiting(999))
		require.NoError(t, err)
		require.Equal(t, "wait=30", a.header.Get("Preference-Applied"), "nobody waits longer")
		wanted.lines = []line{{"TEA", 4}}
		a, err = s.post(t.Context(), wanted)
		require.NoError(t, err)
		require.Equal(t, http.StatusUnprocessableEntity, a.status)
		require.Equal(t, "idempotency_key_reused", decoded[problem](t, a).Code)
		b := s.requireSound(t, map[string]int64{"TEA": 10})
		require.Len(t, b.orders, 1)
	})
}
