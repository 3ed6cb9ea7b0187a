package httpapi_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/app"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/httpapi"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/web"
)

const operator = "an operator's token of 30 signs"

// shop is a shipping module on a real database, spoken to over HTTP and by events.
type shop struct {
	t      *testing.T
	db     *sqldb.DB
	keys   *access.Keys
	server *web.Server
	sub    bus.Subscription
}

func open(t *testing.T, e dbtest.Engine) *shop {
	t.Helper()
	db := e.DB(t, "shipping")
	now := func() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }
	a := app.New(db, bus.New(slog.New(slog.DiscardHandler), now, prometheus.NewRegistry()).Publisher(db), now)
	keys := access.NewKeys(operator, []byte("a secret of the server, long"))
	return &shop{
		t: t, db: db, keys: keys, sub: a.Subscription(),
		server: web.New(web.Options{Keys: keys, Routes: []web.Routes{httpapi.Routes(a, keys, now)}}),
	}
}

// envelope is how a fact about an order arrives.
func envelope(t *testing.T, orderID id.UUID, version int64, fact event.Event) event.Envelope {
	t.Helper()
	payload, err := json.Marshal(fact)
	require.NoError(t, err)
	return event.Envelope{
		ID: id.New(), Source: "order", Type: fact.EventType(), Payload: payload,
		Aggregate: event.Aggregate{Type: order.AggregateType, ID: orderID, Version: version},
	}
}

func (s *shop) hear(orderID id.UUID, version int64, fact event.Event) {
	s.t.Helper()
	require.NoError(s.t, bus.Deliver(s.t.Context(), s.sub, envelope(s.t, orderID, version, fact)))
}

func confirmedFact(orderID id.UUID) order.Confirmed {
	return order.Confirmed{
		OrderID: order.ID{UUID: orderID}, Number: "K7Q2",
		ShipTo: order.Address{Name: "Kim", Line1: "1 Sejong-daero", City: "Seoul", PostalCode: "04524", Country: "KR"},
		Lines:  []order.Line{{SKU: "TEA", Name: "Tea", Quantity: 2}, {SKU: "CUP", Name: "Cup", Quantity: 1}},
	}
}

func cancelFact(orderID id.UUID) order.CancelRequested {
	return order.CancelRequested{OrderID: order.ID{UUID: orderID}, Reason: "mistake"}
}

// confirm makes an order with a shipment and answers both.
func (s *shop) confirm() (orderID id.UUID, shipmentID string) {
	s.t.Helper()
	orderID = id.New()
	s.hear(orderID, 2, confirmedFact(orderID))
	return orderID, s.ofOrder(orderID).ID
}

// told is one event that shipping has published.
type told struct {
	Name    string
	Version int64
}

// published are the events about an order's shipment in their order.
func (s *shop) published(orderID id.UUID) []told {
	s.t.Helper()
	events, err := bus.Pending(s.t.Context(), s.db)
	require.NoError(s.t, err)
	list := []told{}
	for _, e := range events {
		if strings.Contains(string(e.Payload), orderID.String()) {
			list = append(list, told{e.Type.Name, e.Aggregate.Version})
		}
	}
	return list
}

// answer is what the tests look at of a shipment or a problem.
type answer struct {
	ID             string `json:"id"`
	Status         any    `json:"status"`
	Code           string `json:"code"`
	Carrier        string `json:"carrier"`
	TrackingNumber string `json:"tracking_number"`
	Events         []struct {
		Type string `json:"type"`
	} `json:"events"`
	Errors []struct {
		Location string `json:"location"`
	} `json:"errors"`
	Lines []struct {
		SKU string `json:"sku"`
	} `json:"lines"`
}

func (a answer) locations() []string {
	var list []string
	for _, e := range a.Errors {
		list = append(list, e.Location)
	}
	return list
}

func (s *shop) send(token, method, path, body string) (int, string) {
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.server.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// track posts an event as the operator.
func (s *shop) track(shipmentID, body string) (int, answer) {
	s.t.Helper()
	status, text := s.send(operator, http.MethodPost, "/v1/shipments/"+shipmentID+"/events", body)
	var a answer
	require.NoError(s.t, json.Unmarshal([]byte(text), &a), text)
	return status, a
}

// moves posts an event and wants it to succeed.
func (s *shop) moves(shipmentID, body string) answer {
	s.t.Helper()
	status, a := s.track(shipmentID, body)
	require.Equal(s.t, http.StatusOK, status, a)
	return a
}

// ofOrder reads the one shipment of an order.
func (s *shop) ofOrder(orderID id.UUID) answer {
	s.t.Helper()
	_, text := s.send(operator, http.MethodGet, "/v1/shipments?order_id="+orderID.String(), "")
	var page web.Page[answer]
	require.NoError(s.t, json.Unmarshal([]byte(text), &page), text)
	require.Len(s.t, page.Items, 1)
	return page.Items[0]
}

func happened(code string) string {
	return fmt.Sprintf(`{"type":%q,"occurred_at":"2026-03-01T08:00:00Z"}`, code)
}

func shippedAs(number string) string {
	return fmt.Sprintf(`{"type":"shipped","carrier":"cj","tracking_number":%q,"occurred_at":"2026-03-01T08:00:00Z"}`, number)
}
