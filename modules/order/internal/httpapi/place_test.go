package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/ordertest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/id"
)

// located is the order that an answer shows.
func located(t *testing.T, a answer) order.ID {
	t.Helper()
	u, err := id.Parse(a.text("id"))
	require.NoError(t, err)
	return order.ID{UUID: u}
}

func TestPlacingAnswersTheOrderItsPlaceAndItsToken(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := serve(t, e)
		first := s.place("key")
		require.Equal(t, "/v1/orders/"+first.text("id"), first.header.Get("Location"))
		require.Equal(t, "pending_payment", first.text("status"))
		require.Equal(t, "pending", first.text("payment_status"))
		require.Equal(t, map[string]any{"amount": 75800.0, "currency": "KRW"}, first.body["total"])
		require.Empty(t, first.body["shipments"])
		require.NotContains(t, first.raw, "tok_ok")

		mine := "Authorization: Bearer " + first.text("access_token")
		read := s.call("GET", first.header.Get("Location"), "", mine)
		require.Equal(t, http.StatusOK, read.status)
		require.Empty(t, read.text("access_token"), "only who places it is given the token")
		delete(first.body, "access_token")
		require.Equal(t, first.body, read.body)

		require.NoError(t, s.Hear(ordertest.Authorised(s.Look(located(t, first)))))
		again := s.place("key")
		require.Equal(t, "confirmed", again.text("status"))
		require.Equal(t, first.header.Get("Location"), again.header.Get("Location"))
		require.Equal(t, mine, "Authorization: Bearer "+again.text("access_token"))
	})
}

func TestABadRequestNamesItsFieldAndIsNeverRepeated(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.place("taken")
	key := "Idempotency-Key: key"
	with := func(old, replacement string) string { return strings.Replace(wish, old, replacement, 1) }
	for name, c := range map[string]struct {
		body   string
		key    string
		status int
		code   string
		field  string
	}{
		"no key":               {wish, "X-None: x", 400, "idempotency_key_missing", "header.Idempotency-Key"},
		"long key":             {wish, "Idempotency-Key: " + strings.Repeat("k", 256), 422, "invalid", "header.Idempotency-Key"},
		"quantity 0":           {with(`"quantity": 2`, `"quantity": 0`), key, 422, "invalid", "body.lines[0].quantity"},
		"quantity 10^9":        {with(`"quantity": 1`, `"quantity": 1000000000`), key, 422, "invalid", "body.lines[1].quantity"},
		"quantity 10^30":       {with(`"quantity": 2`, `"quantity": 1e30`), key, 422, "invalid", "body.lines[0].quantity"},
		"half a piece":         {with(`"quantity": 2`, `"quantity": 1.5`), key, 422, "invalid", "body.lines[0].quantity"},
		"unknown SKU":          {with(`"POT"`, `"CAR"`), key, 422, "unknown_sku", "body.lines[1].sku"},
		"no lines":             {with(`"lines": [{"sku": "MUG", "quantity": 2}, {"sku": "POT", "quantity": 1}]`, `"lines": []`), key, 422, "invalid", "body.lines"},
		"null lines":           {with(`[{"sku": "MUG", "quantity": 2}, {"sku": "POT", "quantity": 1}]`, `null`), key, 422, "invalid", "body.lines"},
		"negative money":       {with(`75800`, `-1`), key, 422, "invalid", "body.expected_total.amount"},
		"unknown currency":     {with(`"KRW"`, `"XYZ"`), key, 422, "invalid_order", "body.expected_total.currency"},
		"two currencies":       {with(`"payment"`, `"currency": "EUR", "payment"`), key, 422, "invalid_order", "body.currency"},
		"country by name":      {with(`"KR"`, `"Korea"`), key, 422, "invalid", "body.ship_to.country"},
		"no email":             {with(`kim@example.com`, `kim`), key, 422, "invalid", "body.customer.email"},
		"name in the email":    {with(`kim@example.com`, `Kim <kim@example.com>`), key, 422, "invalid", "body.customer.email"},
		"blank name":           {with(`"name": "Kim"`, `"name": " "`), key, 422, "invalid_order", "body.customer.name"},
		"no token":             {with(`, "token": "tok_ok"`, ``), key, 422, "invalid", "body.payment"},
		"something unheard of": {with(`"payment"`, `"gift": true, "payment"`), key, 422, "invalid", "body.gift"},
		"key of another body":  {with(`"quantity": 2`, `"quantity": 3`), "Idempotency-Key: taken", 422, "idempotency_key_reused", ""},
	} {
		a := s.call("POST", "/v1/orders", c.body, c.key)
		require.Equal(t, c.status, a.status, "%s: %s", name, a.raw)
		require.Equal(t, c.code, a.text("code"), name)
		if c.field != "" {
			require.Contains(t, a.fields(), c.field, "%s: %s", name, a.raw)
		}
		require.NotContains(t, a.raw, "tok_ok", name)
	}
	require.Equal(t, 400, s.call("POST", "/v1/orders", `{"customer":`, key).status)
	require.Equal(t, 415, s.call("POST", "/v1/orders", wish, key, "Content-Type: text/plain").status)
	require.Equal(t, 405, s.call("DELETE", "/v1/orders", "").status)
	require.Equal(t, 413, s.call("POST", "/v1/orders", `"`+strings.Repeat("x", 10<<20)+`"`, key).status)
	require.Equal(t, 1, s.Catalog.Reservations(), "none of them held stock")
}

func TestTwoCustomersWithOneKeyGetAnOrderEach(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	kim := s.place("1")
	lee := s.call("POST", "/v1/orders", strings.Replace(wish, "kim@example.com", "lee@example.com", 1), "Idempotency-Key: 1")
	require.Equal(t, http.StatusCreated, lee.status, lee.raw)
	require.NotEqual(t, kim.text("id"), lee.text("id"))
	require.NotEqual(t, kim.text("access_token"), lee.text("access_token"))
}

func TestWhatCatalogRefusesIsAnsweredWithItsDetails(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	short := s.call("POST", "/v1/orders", strings.Replace(wish, `"quantity": 1}`, `"quantity": 6}`, 1), "Idempotency-Key: a")
	require.Equal(t, http.StatusConflict, short.status)
	require.Equal(t, "out_of_stock", short.text("code"))
	require.Equal(t, []any{map[string]any{"sku": "POT", "requested": 6.0, "available": 5.0}}, short.body["details"])

	changed := s.call("POST", "/v1/orders", strings.Replace(wish, "75800", "70000", 1), "Idempotency-Key: b")
	require.Equal(t, http.StatusConflict, changed.status)
	require.Equal(t, "price_changed", changed.text("code"))
	require.Equal(t, map[string]any{
		"expected": map[string]any{"amount": 70000.0, "currency": "KRW"},
		"actual":   map[string]any{"amount": 75800.0, "currency": "KRW"},
	}, changed.body["details"])
}

func TestPreferWaitHoldsTheAnswerUntilTheOrderSettles(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := serve(t, e)
		s.place("first") // its payment is answered while the repeated request waits
		orders, _, err := s.List(t.Context(), s.Operator(), core.Filter{}, 1)
		require.NoError(t, err)
		heard := make(chan error, 1)
		go func() { heard <- s.Hear(ordertest.Authorised(orders[0])) }()
		a := s.call("POST", "/v1/orders", wish, "Idempotency-Key: first", "Prefer: respond-async, wait=30")
		require.NoError(t, <-heard)
		require.Equal(t, "confirmed", a.text("status"))
		require.Equal(t, "wait=30", a.header.Get("Preference-Applied"))
		require.NotEmpty(t, a.text("access_token"))
	})
}

func TestPreferWaitIsBoundedAndNonsenseIsPassedOver(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := s.place("key")
	require.NoError(t, s.Hear(ordertest.Declined(s.Look(located(t, a)))))
	for prefer, applied := range map[string]string{
		"wait=7": "wait=7", "wait=3600": "wait=30", "return=minimal, wait=\"5\"; x=y": "wait=5", "Wait = 2": "wait=2",
		"wait=0": "", "wait=-1": "", "wait=soon": "", "return=minimal": "", "wait": "",
	} {
		again := s.call("POST", "/v1/orders", wish, "Idempotency-Key: key", "Prefer: "+prefer)
		require.Equal(t, http.StatusCreated, again.status)
		require.Equal(t, applied, again.header.Get("Preference-Applied"), prefer)
	}
}
