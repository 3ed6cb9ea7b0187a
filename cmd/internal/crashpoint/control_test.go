package crashpoint_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Each check finds what it is there for, when it is put into the store of a shop that was right.
func TestEveryCheckFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	g := newGround(t, dbtest.Only(t, sqldb.SQLite))
	for found, wrong := range map[string]string{
		"stock of TEA": "UPDATE x_catalog.stock SET held = held + 1 WHERE sku = 'TEA'",
		"timeline": `INSERT INTO x_order.order_timeline
			SELECT order_id, seq + 1, at, from_status, to_status, cause, actor, note FROM x_order.order_timeline WHERE seq = 2`,
		"is confirmed pending shipped":   "DELETE FROM x_order.order_payment",
		"shipments that the order knows": "DELETE FROM x_order.order_shipment",
		"order: want":                    "UPDATE x_order.orders SET status = 'delivered'",
		"shipment: want":                 "UPDATE x_shipping.shipment SET status = 'packed'",
		"payment: want":                  "UPDATE x_payment.payment SET status = 'authorised'",
		"ledger": `INSERT INTO x_payment.ledger_entry
			SELECT randomblob(16), kind, result, payment_id, amount, currency, provider_ref, at FROM x_payment.ledger_entry WHERE kind = 'charge'`,
		"keys of what was taken at the provider": "UPDATE x_payment.ledger_entry SET operation_id = randomblob(16) WHERE kind = 'charge'",
		"amount of charge succeeded":             "UPDATE x_payment.ledger_entry SET amount = amount + 1",
		"orders with a payment":                  "UPDATE x_payment.payment SET order_id = randomblob(16)",
		"events taken":                           "INSERT INTO x_order.bus_inbox (consumer, event_id) VALUES (1, randomblob(16))",
		"Outbox:1": `INSERT INTO x_order.bus_outbox (event_id, agg_type, agg_id, agg_seq, type, ver, headers, payload, occurred_at)
			VALUES (randomblob(16), 'order', randomblob(16), 1, 'order.lost', 1, '{}', '{}', 0);
			INSERT INTO x_order.bus_subscription (type, consumer) VALUES ('order.lost', 'nobody')`,
	} {
		t.Run(found, func(t *testing.T) {
			t.Parallel()
			w := tradedWorld(t, g)
			_, err := w.onlooker.db.ExecContext(t.Context(), wrong)
			require.NoError(t, err)
			require.ErrorContains(t, w.run(t.Context()), found)
		})
	}
}

func TestWhatTheProviderHasDoneBesideOurLedgerIsFound(t *testing.T) {
	t.Parallel()
	g := newGround(t, dbtest.Only(t, sqldb.SQLite))
	for found, path := range map[string]string{
		"authorisations at the provider":    "/v1/authorisations",
		"payments released at the provider": "/v1/authorisations/01900000-0000-7000-8000-000000000002/void",
	} {
		t.Run(found, func(t *testing.T) {
			t.Parallel()
			w := tradedWorld(t, g)
			body := strings.NewReader(`{"token":"tok_ok","amount":{"amount":3500,"currency":"KRW"}}`)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.processor.server.URL+path, body)
			require.NoError(t, err)
			r.Header.Set("Idempotency-Key", "01900000-0000-7000-8000-000000000001")
			answer, err := w.processor.server.Client().Do(r)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
			require.ErrorContains(t, w.run(t.Context()), found)
		})
	}
}

func TestWhatIsUnderWayIsNotTakenForSettled(t *testing.T) {
	t.Parallel()
	require.True(t, sight{Taken: 11}.empty())
	for _, s := range []sight{{Pending: 1}, {Held: 1}, {Tasks: 1}} {
		require.False(t, s.settled())
	}
	require.False(t, sight{Outbox: 1}.empty())
}

// tradedWorld is one in which an order has gone its way.
func tradedWorld(t *testing.T, g *ground) *world {
	t.Helper()
	w := newWorld(t, g, 1, false)
	require.NoError(t, w.run(t.Context()))
	w.events = w.settled.Taken
	require.NoError(t, w.run(t.Context()), "a second life finds all as it was")
	return w
}
