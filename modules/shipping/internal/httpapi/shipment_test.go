package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/web"
)

func TestAConfirmedOrderTravelsToItsCustomer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID, shipmentID := s.confirm()
		require.Equal(t, "accepted", s.moves(shipmentID, happened("accepted")).Status)
		require.Equal(t, "packed", s.moves(shipmentID, happened("packed")).Status)
		shipped := s.moves(shipmentID, shippedAs("77"))
		require.Equal(t, "shipped", shipped.Status)
		require.Equal(t, "cj", shipped.Carrier)
		require.Equal(t, "77", shipped.TrackingNumber)
		for _, code := range []string{"in_transit", "out_for_delivery", "delivered"} {
			require.Equal(t, code, s.moves(shipmentID, happened(code)).Status)
		}
		require.Equal(t, []told{
			{"shipping.created", 1},
			{"shipping.status_changed", 2},
			{"shipping.packed", 3},
			{"shipping.shipped", 4},
			{"shipping.status_changed", 5},
			{"shipping.status_changed", 6},
			{"shipping.delivered", 7},
		}, s.published(orderID))
		require.Len(t, s.ofOrder(orderID).Events, 6)
	})
}

func TestAShipmentIsShownWhole(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID, shipmentID := s.confirm()
		s.moves(shipmentID, happened("packed"))
		status, body := s.send(s.keys.OrderToken(orderID), http.MethodGet, "/v1/shipments/"+shipmentID, "")
		require.Equal(t, http.StatusOK, status)
		require.JSONEq(t, fmt.Sprintf(`{
			"id": %q, "order_id": %q, "order_number": "K7Q2", "status": "packed",
			"ship_to": {"name": "Kim", "line1": "1 Sejong-daero", "city": "Seoul", "postal_code": "04524", "country": "KR"},
			"lines": [{"sku": "TEA", "name": "Tea", "quantity": 2}, {"sku": "CUP", "name": "Cup", "quantity": 1}],
			"events": [{"type": "packed", "occurred_at": "2026-03-01T08:00:00Z"}],
			"created_at": "2026-03-01T09:00:00Z", "updated_at": "2026-03-01T09:00:00Z"}`, shipmentID, orderID), body)
	})
}

func TestAnEventToldTwiceIsAnsweredAlikeAndChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID, shipmentID := s.confirm()
		for _, body := range []string{happened("packed"), shippedAs("77"), happened("delivered")} {
			first := s.moves(shipmentID, body)
			require.Equal(t, first, s.moves(shipmentID, body))
		}
		require.Equal(t, "delivered", s.moves(shipmentID, happened("in_transit")).Status, "a late event is kept and moves nothing")
		s.moves(shipmentID, shippedAs("77"))
		require.Equal(t, []told{
			{"shipping.created", 1}, {"shipping.packed", 2}, {"shipping.shipped", 3}, {"shipping.delivered", 4},
		}, s.published(orderID))
		require.Len(t, s.ofOrder(orderID).Events, 4)
	})
}

func TestAnOrderThatIsConfirmedTwiceHasOneShipment(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID := id.New()
		once := envelope(t, orderID, 2, confirmedFact(orderID))
		require.NoError(t, bus.Deliver(t.Context(), s.sub, once))
		require.NoError(t, bus.Deliver(t.Context(), s.sub, once))
		s.hear(orderID, 3, confirmedFact(orderID))
		require.Equal(t, []told{{"shipping.created", 1}}, s.published(orderID))
		require.Len(t, s.ofOrder(orderID).Lines, 2)
	})
}

func TestAParcelCanBeStoppedUntilItIsPacked(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID, shipmentID := s.confirm()
		s.moves(shipmentID, happened("accepted"))
		s.hear(orderID, 3, cancelFact(orderID))
		require.Equal(t, told{"shipping.cancelled", 3}, s.published(orderID)[2])
		status, problem := s.track(shipmentID, happened("packed"))
		require.Equal(t, http.StatusConflict, status)
		require.Equal(t, "shipment_cancelled", problem.Code)
		require.Equal(t, "cancelled", s.ofOrder(orderID).Status)
		s.moves(shipmentID, happened("accepted")) // known: answered as it was

		packedOrder, packed := s.confirm()
		s.moves(packed, happened("packed"))
		s.hear(packedOrder, 3, cancelFact(packedOrder))
		require.Equal(t, []told{{"shipping.created", 1}, {"shipping.packed", 2}, {"shipping.cancel_refused", 3}}, s.published(packedOrder))
		s.hear(packedOrder, 4, cancelFact(packedOrder))
		require.Equal(t, told{"shipping.cancel_refused", 4}, s.published(packedOrder)[3], "whoever asks again waits again")
		require.Equal(t, "shipped", s.moves(packed, shippedAs("9")).Status)
	})
}

func TestAnOrderCancelledBeforeItsShipmentLeavesATombstone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID := id.New()
		s.hear(orderID, 3, cancelFact(orderID))
		require.Equal(t, []told{{"shipping.cancelled", 1}}, s.published(orderID))
		s.hear(orderID, 2, confirmedFact(orderID))
		require.Equal(t, []told{{"shipping.cancelled", 1}}, s.published(orderID), "nothing is sent after all")
		require.Equal(t, "cancelled", s.ofOrder(orderID).Status)
	})
}

func TestATrackingNumberMeansOneParcel(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		_, one := s.confirm()
		_, two := s.confirm()
		s.moves(one, happened("packed"))
		s.moves(two, happened("packed"))
		s.moves(one, shippedAs("77"))
		status, problem := s.track(two, shippedAs("77"))
		require.Equal(t, http.StatusConflict, status)
		require.Equal(t, "tracking_number_taken", problem.Code)
		require.Equal(t, "shipped", s.moves(two, shippedAs("78")).Status)
	})
}

func TestABadEventIsRefusedByTheNameOfItsField(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID, shipmentID := s.confirm()
		tests := map[string]struct {
			body   string
			status int
			want   []string
		}{
			"no carrier, no number":   {happened("shipped"), 422, []string{"body.carrier", "body.tracking_number"}},
			"no number":               {`{"type":"shipped","carrier":"cj"}`, 422, []string{"body.tracking_number"}},
			"blanks are no carrier":   {`{"type":"shipped","carrier":"  ","tracking_number":"7"}`, 422, []string{"body.carrier"}},
			"a type that is none":     {`{"type":"eaten"}`, 422, []string{"body.type"}},
			"a state that is no type": {`{"type":"cancelled"}`, 422, []string{"body.type"}},
			"no type":                 {`{}`, 422, []string{"body"}},
			"a number too long":       {shippedAs(strings.Repeat("7", 65)), 422, []string{"body.tracking_number"}},
			"the day after tomorrow":  {`{"type":"packed","occurred_at":"2026-03-03T09:00:00Z"}`, 422, []string{"body.occurred_at"}},
			"no time":                 {`{"type":"packed","occurred_at":"soon"}`, 422, []string{"body.occurred_at"}},
		}
		for name, test := range tests {
			status, problem := s.track(shipmentID, test.body)
			require.Equal(t, test.status, status, name)
			require.Subset(t, problem.locations(), test.want, name)
		}
		require.Equal(t, []told{{"shipping.created", 1}}, s.published(orderID))
	})
}

func TestShipmentsAreForTheOperatorAndTheirOrdersCustomer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID, shipmentID := s.confirm()
		one, list := "/v1/shipments/"+shipmentID, "/v1/shipments?order_id="+orderID.String()
		own, stranger := s.keys.OrderToken(orderID), s.keys.OrderToken(id.New())
		tests := []struct {
			token, method, path, body string
			want                      int
		}{
			{operator, "GET", one, "", 200},
			{own, "GET", one, "", 200},
			{stranger, "GET", one, "", 404},
			{"", "GET", one, "", 404},
			{operator, "GET", list, "", 200},
			{own, "GET", list, "", 200},
			{stranger, "GET", list, "", 403},
			{"", "GET", list, "", 401},
			{operator, "GET", "/v1/shipments", "", 200},
			{own, "GET", "/v1/shipments", "", 403},
			{"", "GET", "/v1/shipments", "", 401},
			{own, "POST", one + "/events", happened("packed"), 403},
			{"", "POST", one + "/events", happened("packed"), 401},
			{operator, "POST", "/v1/shipments/" + id.New().String() + "/events", happened("packed"), 404},
			{operator, "POST", "/v1/shipments/seven/events", happened("packed"), 404},
			{operator, "GET", "/v1/shipments/" + id.New().String(), "", 404},
			{operator, "GET", "/v1/shipments/seven", "", 404},
			{operator, "GET", "/v1/shipments?order_id=seven", "", 422},
			{operator, "GET", "/v1/shipments?cursor=seven", "", 422},
			{operator, "GET", "/v1/shipments?status=eaten", "", 422},
			{operator, "GET", "/v1/shipments?limit=201", "", 422},
		}
		for _, test := range tests {
			status, body := s.send(test.token, test.method, test.path, test.body)
			require.Equal(t, test.want, status, "%s %s as %q: %s", test.method, test.path, test.token, body)
		}
		require.Equal(t, "pending", s.ofOrder(orderID).Status)
	})
}

func TestShipmentsArePagedAndFiltered(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		var made []string
		for range 5 {
			_, shipmentID := s.confirm()
			made = append([]string{shipmentID}, made...)
		}
		require.Equal(t, made, s.list("/v1/shipments?limit=2"))
		s.moves(made[1], happened("packed"))
		s.moves(made[3], happened("packed"))
		require.Equal(t, []string{made[1], made[3]}, s.list("/v1/shipments?limit=1&status=packed"))
		require.Empty(t, s.list("/v1/shipments?limit=1&status=lost"))
	})
}

// list reads all pages.
func (s *shop) list(path string) []string {
	s.t.Helper()
	var seen []string
	for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
		require.Less(s.t, pages, 9)
		_, body := s.send(operator, http.MethodGet, path+"&cursor="+cursor, "")
		var page web.Page[answer]
		require.NoError(s.t, json.Unmarshal([]byte(body), &page), body)
		for _, item := range page.Items {
			seen = append(seen, item.ID)
		}
		cursor = page.NextCursor
	}
	return seen
}

// A confirmed order is part of the shop's budget of 36 statements.
func TestAShipmentCostsFewStatements(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		var seen []string
		s := open(t, e.With(sqldb.Options{Observe: func(q sqldb.Statement) { seen = append(seen, q.Query) }}))
		orderID := id.New()
		s.hear(orderID, 2, confirmedFact(orderID)) // the first delivery looks up the consumer's number
		seen = nil
		orderID = id.New()
		s.hear(orderID, 2, confirmedFact(orderID))
		require.LessOrEqual(t, len(seen), 1+3, "consumer's number, then inbox, shipment, outbox: %q", seen)
	})
}
