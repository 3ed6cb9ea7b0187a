package httpapi_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/payment/internal/app"
	"github.com/banyan-commerce/banyan/modules/payment/internal/httpapi"
	"github.com/banyan-commerce/banyan/modules/payment/internal/sandbox"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
	"github.com/banyan-commerce/banyan/platform/task"
	"github.com/banyan-commerce/banyan/platform/web"
)

const operator = "an operator's token of 30 signs"

type api struct {
	t      *testing.T
	keys   *access.Keys
	server *web.Server
	app    *app.App
	runner *task.Runner
}

func open(t *testing.T, e dbtest.Engine) *api {
	t.Helper()
	db := e.DB(t, "payment")
	now := func() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }
	provider := httptest.NewServer(sandbox.New(nil))
	t.Cleanup(provider.Close)
	client := sandbox.NewClient(provider.URL)
	t.Cleanup(client.Close)
	log := slog.New(slog.DiscardHandler)
	queue := task.NewQueue(now)
	a := app.New(db, bus.New(log, now, prometheus.NewRegistry()).Publisher(db), queue, client, now)
	keys := access.NewKeys(operator, []byte("a secret of the server, long"))
	return &api{
		t: t, keys: keys, app: a, runner: task.NewRunner(db, queue, now, log, a.Tasks()...),
		server: web.New(web.Options{Keys: keys, Routes: []web.Routes{httpapi.Routes(a, keys)}}),
	}
}

// pay makes an attempt for an order and lets the provider answer.
func (a *api) pay(orderID id.UUID, sequence int64, token string) id.UUID {
	a.t.Helper()
	fact := order.PaymentRequested{OrderID: order.ID{UUID: orderID}, Payment: order.PaymentAttempt{
		PaymentID: id.New(), Amount: money.Money{Amount: 1250, Currency: "EUR"}, Method: "card", Token: token,
	}}
	payload, err := json.Marshal(fact)
	require.NoError(a.t, err)
	require.NoError(a.t, bus.Deliver(a.t.Context(), a.app.Subscription(), event.Envelope{
		ID: id.New(), Source: "order", Type: fact.EventType(), Payload: payload,
		Aggregate: event.Aggregate{Type: order.AggregateType, ID: orderID, Version: sequence},
	}))
	_, err = a.runner.RunDue(a.t.Context())
	require.NoError(a.t, err)
	return fact.Payment.PaymentID
}

// get answers status and body.
func (a *api) get(token, path string) (int, string) {
	a.t.Helper()
	r := httptest.NewRequestWithContext(a.t.Context(), http.MethodGet, path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	a.server.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestAPaymentIsShownWithItsLedgerAndWithoutItsToken(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		a := open(t, e)
		orderID := id.New()
		paymentID := a.pay(orderID, 1, "tok_ok")
		status, body := a.get(operator, "/v1/payments/"+paymentID.String())
		require.Equal(t, http.StatusOK, status, body)
		eur := func(amount int) string { return fmt.Sprintf(`{"amount":%d,"currency":"EUR"}`, amount) }
		reference := "sbx_EUR_1250_" + paymentID.String()
		at := "2026-03-01T09:00:00Z"
		require.JSONEq(t, fmt.Sprintf(`{
			"id": %[1]q, "order_id": %[2]q, "status": "authorised", "method": "card", "amount": %[3]s,
			"amounts": {"authorised": %[3]s, "captured": %[4]s, "refunded": %[4]s, "voided": %[4]s},
			"provider": "sandbox", "provider_reference": %[5]q, "created_at": %[6]q, "updated_at": %[6]q,
			"ledger": [
				{"operation_id": %[1]q, "kind": "authorisation", "result": "requested", "amount": %[3]s, "at": %[6]q},
				{"operation_id": %[1]q, "kind": "authorisation", "result": "succeeded", "amount": %[3]s,
				 "provider_reference": %[5]q, "at": %[6]q}
			]}`, paymentID, orderID, eur(1250), eur(0), reference, at), body)
		require.NotContains(t, body, "tok_")
	})
}

func TestADeclinedPaymentSaysWhy(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		a := open(t, e)
		paymentID := a.pay(id.New(), 1, "tok_insufficient_funds")
		_, body := a.get(operator, "/v1/payments/"+paymentID.String())
		require.Contains(t, body, `"declined":{"code":"insufficient_funds"`)
	})
}

func TestPaymentsAreForTheOperatorAndTheirOrdersCustomer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		a := open(t, e)
		orderID := id.New()
		one, list := "/v1/payments/"+a.pay(orderID, 1, "tok_ok").String(), "/v1/payments?order_id="+orderID.String()
		own, stranger := a.keys.OrderToken(orderID), a.keys.OrderToken(id.New())
		tests := []struct {
			token, path string
			want        int
		}{
			{operator, one, 200},
			{own, one, 200},
			{stranger, one, 404},
			{"", one, 404},
			{operator, list, 200},
			{own, list, 200},
			{stranger, list, 403},
			{"", list, 401},
			{operator, "/v1/payments", 200},
			{own, "/v1/payments", 403},
			{"", "/v1/payments", 401},
			{operator, "/v1/payments/" + id.New().String(), 404},
			{operator, "/v1/payments/seven", 404},
			{operator, "/v1/payments?order_id=seven", 422},
			{operator, "/v1/payments?cursor=seven", 422},
			{operator, "/v1/payments?limit=0", 422},
			{operator, "/v1/payments?limit=201", 422},
		}
		for _, test := range tests {
			status, body := a.get(test.token, test.path)
			require.Equal(t, test.want, status, "%s as %q: %s", test.path, test.token, body)
		}
		_, body := a.get(operator, "/v1/payments?order_id=seven")
		require.Contains(t, body, `"location":"query.order_id"`)
	})
}

func TestPaymentsArePagedFromTheNewestWithoutGapOrRepetition(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		a := open(t, e)
		orderID := id.New()
		var made []string
		for i := range 5 {
			made = append([]string{a.pay(orderID, int64(i+1), "tok_declined").String()}, made...)
		}
		a.pay(id.New(), 1, "tok_ok")
		var seen []string
		path := "/v1/payments?limit=2&order_id=" + orderID.String()
		for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
			require.Less(t, pages, 4)
			_, body := a.get(operator, path+"&cursor="+cursor)
			var page web.Page[struct {
				ID string `json:"id"`
			}]
			require.NoError(t, json.Unmarshal([]byte(body), &page))
			for _, item := range page.Items {
				seen = append(seen, item.ID)
			}
			cursor = page.NextCursor
		}
		require.Equal(t, made, seen)
	})
}
