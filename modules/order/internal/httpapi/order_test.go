package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order/internal/ordertest"
)

func TestAnOrderIsHiddenFromWhoHasNoTokenOfIt(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	mine, other := s.place("mine"), s.place("other")
	path := mine.header.Get("Location")
	for _, headers := range [][]string{nil, {"Authorization: Bearer " + other.text("access_token")}, {"Authorization: Bearer nonsense"}} {
		for _, a := range []answer{
			s.call("GET", path, "", headers...),
			s.call("GET", path+"/timeline", "", headers...),
			s.call("POST", path+"/cancel", `{}`, headers...),
			s.call("POST", path+"/payments", `{"method":"card","token":"t"}`, append(headers, "Idempotency-Key: k")...),
		} {
			require.Equal(t, http.StatusNotFound, a.status, a.raw)
			require.Equal(t, "order_not_found", a.text("code"))
		}
		list := http.StatusForbidden
		if headers == nil {
			list = http.StatusUnauthorized
		}
		require.Equal(t, list, s.call("GET", "/v1/orders", "", headers...).status)
	}
	require.Equal(t, http.StatusOK, s.call("GET", path, "", operator).status)
	require.Equal(t, http.StatusNotFound, s.call("GET", "/v1/orders/nonsense", "", operator).status)
}

func TestOrdersAreListedPageByPage(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	newest := ""
	for _, key := range []string{"a", "b", "c"} {
		newest = s.place(key).text("id")
	}
	first := s.call("GET", "/v1/orders?limit=2&status=pending_payment&email=kim@example.com", "", operator)
	require.Equal(t, http.StatusOK, first.status, first.raw)
	items := first.body["items"].([]any)
	require.Len(t, items, 2)
	require.Equal(t, newest, items[0].(map[string]any)["id"])
	require.NotContains(t, first.raw, "access_token")
	second := s.call("GET", "/v1/orders?limit=2&cursor="+first.text("next_cursor"), "", operator)
	require.Len(t, second.body["items"], 1)
	require.NotContains(t, second.body, "next_cursor")

	require.Equal(t, []string{"query.cursor"}, s.call("GET", "/v1/orders?cursor=x", "", operator).fields())
	require.Equal(t, []string{"query.limit"}, s.call("GET", "/v1/orders?limit=201", "", operator).fields())
	require.Equal(t, []string{"query.status"}, s.call("GET", "/v1/orders?status=lost", "", operator).fields())
	require.Empty(t, s.call("GET", "/v1/orders?status=expired", "", operator).body["items"])
}

func TestTheTimelineTellsEachTransitionWithItsCause(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := s.place("key")
	mine := "Authorization: Bearer " + a.text("access_token")
	cancelled := s.call("POST", a.header.Get("Location")+"/cancel", `{"reason": "Changed my mind."}`, mine)
	require.Equal(t, http.StatusOK, cancelled.status, cancelled.raw)
	require.Equal(t, "cancelled", cancelled.text("status"))
	require.Equal(t, "Changed my mind.", cancelled.text("cancel_reason"))
	told := s.call("GET", a.header.Get("Location")+"/timeline", "", mine)
	items := told.body["items"].([]any)
	require.Len(t, items, 2)
	require.Equal(t, map[string]any{
		"seq": 2.0, "at": "2026-11-20T10:00:00Z", "from": "pending_payment", "to": "cancelled",
		"cause": "cancel", "actor": "customer", "note": "Changed my mind.",
	}, items[1])
}

func TestCancellingNeedsNoBody(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for key, body := range map[string]string{"none": "", "empty": "{}", "long": `{"reason": "` + strings.Repeat("價", 500) + `"}`} {
		path := s.place(key).header.Get("Location")
		a := s.call("POST", path+"/cancel", body, operator)
		require.Equal(t, http.StatusOK, a.status, "%s: %s", key, a.raw)
		require.Equal(t, "cancelled", a.text("status"), key)
	}
}

func TestAReasonThatCannotBeIsNamedAndCancelsNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := s.place("key").header.Get("Location")
	for _, reason := range []string{`a\u0000b`, `a\nb`, `\u007f`, `\u0085`, strings.Repeat("a", 501), strings.Repeat("價", 501)} {
		a := s.call("POST", path+"/cancel", `{"reason": "`+reason+`"}`, operator)
		require.Equal(t, http.StatusUnprocessableEntity, a.status, a.raw)
		require.Equal(t, []string{"body.reason"}, a.fields(), reason)
	}
	require.Equal(t, "pending_payment", s.call("GET", path, "", operator).text("status"))
}

func TestCancellingSomeLinesIsRefusedAndCancelsNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := s.place("key")
	for _, lines := range []string{`[{"sku": "MUG", "quantity": 1}]`, `[]`} {
		refused := s.call("POST", a.header.Get("Location")+"/cancel", `{"reason": "x", "lines": `+lines+`}`, operator)
		require.Equal(t, http.StatusUnprocessableEntity, refused.status)
		require.Equal(t, []string{"body.lines"}, refused.fields())
	}
	require.Equal(t, "pending_payment", s.call("GET", a.header.Get("Location"), "", operator).text("status"))
}

func TestAnotherPaymentIsAskedForWithAKeyOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := s.place("key")
	path, mine := a.header.Get("Location")+"/payments", "Authorization: Bearer "+a.text("access_token")
	another := `{"method": "card", "token": "tok_2"}`
	inFlight := s.call("POST", path, another, mine, "Idempotency-Key: p1")
	require.Equal(t, http.StatusConflict, inFlight.status)
	require.Equal(t, "payment_in_flight", inFlight.text("code"))

	require.NoError(t, s.Hear(ordertest.Declined(s.Look(located(t, a)))))
	require.Equal(t, http.StatusBadRequest, s.call("POST", path, another, mine).status)
	blank := s.call("POST", path, `{"method": " ", "token": "t"}`, mine, "Idempotency-Key: p1")
	require.Equal(t, []string{"body.method"}, blank.fields())
	paid := s.call("POST", path, another, mine, "Idempotency-Key: p1")
	require.Equal(t, http.StatusCreated, paid.status, paid.raw)
	require.Equal(t, "pending", paid.text("payment_status"))
	require.Len(t, paid.body["payments"], 2)
	require.Equal(t, "declined", paid.body["payments"].([]any)[0].(map[string]any)["status"])
	require.Equal(t, paid.raw, s.call("POST", path, another, mine, "Idempotency-Key: p1").raw)
}
