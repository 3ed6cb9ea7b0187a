// Package ordertest puts the order module together for tests, with a catalog made by hand and a clock
// that the test sets. Events of other modules come in through Hear, as the dispatcher would bring them.
package ordertest

import (
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/app"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// OperatorToken makes the bearer the operator.
const OperatorToken = "operator-token-for-tests"

// Shop is one instance of the module.
type Shop struct {
	*app.Orders
	DB      *sqldb.DB
	Catalog *Catalog
	Clock   *Clock
	Keys    *access.Keys

	t *testing.T
}

// Open makes a shop that sells 10 mugs and 5 pots for won.
func Open(t *testing.T, db *sqldb.DB) *Shop {
	t.Helper()
	c := NewCatalog()
	c.Sell("MUG", 10, money.Money{Amount: 12_000, Currency: "KRW"})
	c.Sell("POT", 5, money.Money{Amount: 51_800, Currency: "KRW"})
	return open(t, db, c)
}

// Another is a second instance on the same database, with a clock of its own.
func (s *Shop) Another() *Shop { return open(s.t, s.DB, s.Catalog) }

func open(t *testing.T, db *sqldb.DB, c *Catalog) *Shop {
	t.Helper()
	clock := &Clock{now: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	keys := access.NewKeys(OperatorToken, []byte("a secret of the tests"))
	publisher := bus.New(log, clock.Now, prometheus.NewRegistry()).Publisher(db)
	return &Shop{
		Orders: app.New(db, publisher, c, keys, clock.Now, log, app.Config{}),
		DB:     db, Catalog: c, Clock: clock, Keys: keys, t: t,
	}
}

// Operator sees everything.
func (s *Shop) Operator() access.Caller { return s.Keys.Identify(OperatorToken) }

// Stranger has no token.
func (s *Shop) Stranger() access.Caller { return s.Keys.Identify("") }

// Owner has the token of an order.
func (s *Shop) Owner(orderID order.ID) access.Caller { return s.Keys.Identify(s.Token(orderID)) }

// Wish is a request for two mugs and a pot, 75,800 won.
func Wish() core.Placement {
	return core.Placement{
		Customer: core.Customer{Email: "kim@example.com", Name: "Kim"},
		ShipTo: order.Address{
			Name: "Kim", Line1: "1 Sejong-daero", City: "Seoul", PostalCode: "04524", Country: "KR",
		},
		Lines:   []core.WantedLine{{SKU: "MUG", Quantity: 2}, {SKU: "POT", Quantity: 1}},
		Payment: core.Means{Method: "card", Token: "tok_ok"},
	}
}

// Placed is a pending order under a key of its own.
func (s *Shop) Placed() core.View {
	s.t.Helper()
	v, err := s.Place(s.t.Context(), s.Stranger(), id.New().String(), Wish())
	require.NoError(s.t, err)
	return v
}

// Many are pending orders, for all of which there is stock.
func (s *Shop) Many(n int) []core.View {
	s.t.Helper()
	for _, l := range Wish().Lines {
		s.Catalog.Restock(l.SKU, int64(n)*l.Quantity)
	}
	views := make([]core.View, n)
	for i := range views {
		views[i] = s.Placed()
	}
	return views
}

// Confirmed is an order that has been paid for.
func (s *Shop) Confirmed() core.View {
	s.t.Helper()
	v := s.Placed()
	require.NoError(s.t, s.Hear(Authorised(v)))
	return s.Look(v.ID)
}

// Look reads an order as the operator.
func (s *Shop) Look(orderID order.ID) core.View {
	s.t.Helper()
	v, err := s.Order(s.t.Context(), s.Operator(), orderID)
	require.NoError(s.t, err)
	return v
}

// Causes lists the timeline's causes with the statuses they led to.
func (s *Shop) Causes(orderID order.ID) []string {
	s.t.Helper()
	entries, err := s.Timeline(s.t.Context(), s.Operator(), orderID)
	require.NoError(s.t, err)
	causes := make([]string, len(entries))
	for i, e := range entries {
		causes[i] = e.Cause + " > " + string(e.To)
	}
	return causes
}

// Stated lists the types of the events that an order published, in order.
func (s *Shop) Stated(orderID order.ID) []string {
	s.t.Helper()
	pending, err := bus.Pending(s.t.Context(), s.DB)
	require.NoError(s.t, err)
	var types []string
	for _, e := range pending {
		if e.Aggregate.ID == orderID.UUID {
			types = append(types, e.Type.Name)
			require.EqualValues(s.t, len(types), e.Aggregate.Version, "versions have no gap")
		}
	}
	return types
}

// Told is the latest event of type E that an order published.
func Told[E event.Event](s *Shop, orderID order.ID) E {
	s.t.Helper()
	pending, err := bus.Pending(s.t.Context(), s.DB)
	require.NoError(s.t, err)
	var fact E
	found := false
	for _, e := range pending {
		if e.Aggregate.ID == orderID.UUID && e.Type == fact.EventType() {
			fact, found = *new(E), true
			require.NoError(s.t, json.Unmarshal(e.Payload, &fact))
		}
	}
	require.True(s.t, found, "the order published no %s", fact.EventType())
	return fact
}

// Hear delivers a fact of another module, once.
func (s *Shop) Hear(fact event.Event) error { return s.Deliver(Enveloped(fact, s.Clock.Now())) }

// Deliver takes an event as the dispatcher does.
func (s *Shop) Deliver(e event.Envelope) error {
	return bus.Deliver(s.t.Context(), s.Subscription(), e)
}

// HearSet delivers facts of one type as a set.
func (s *Shop) HearSet(facts ...event.Event) error {
	set := make([]event.Envelope, len(facts))
	for i, fact := range facts {
		set[i] = Enveloped(fact, s.Clock.Now())
	}
	return s.DeliverSet(set)
}

// DeliverSet takes events of one type as the dispatcher takes a set.
func (s *Shop) DeliverSet(set []event.Envelope) error {
	return bus.DeliverSet(s.t.Context(), s.Subscription(), set)
}

// Enveloped is a fact as it comes from its module, in a chain of its own.
func Enveloped(fact event.Event, at time.Time) event.Envelope {
	payload, err := json.Marshal(fact)
	if err != nil {
		panic(err)
	}
	source, _, _ := strings.Cut(fact.EventType().Name, ".")
	return event.Envelope{
		ID: id.New(), Source: source, Type: fact.EventType(), OccurredAt: at, Payload: payload,
		Aggregate: event.Aggregate{Type: source, ID: id.New(), Version: 1}, CorrelationID: id.New(),
	}
}

// Authorised is payment's answer that the total is set aside.
func Authorised(v core.View) payment.Authorized {
	return payment.Authorized{
		PaymentID: payment.ID{UUID: v.Attempt.ID}, OrderID: v.ID.UUID, Method: v.Attempt.Method, Amount: v.Total,
	}
}

// Declined is payment's answer that the provider refused.
func Declined(v core.View) payment.Declined {
	return payment.Declined{
		PaymentID: payment.ID{UUID: v.Attempt.ID}, OrderID: v.ID.UUID, Method: v.Attempt.Method, Amount: v.Total,
		Code: "insufficient_funds", Reason: "The card has not enough funds.",
	}
}

// Everything is one shipment with all that was ordered.
func Everything(v core.View, shipmentID shipping.ID) shipping.Created {
	fact := shipping.Created{ShipmentID: shipmentID, OrderID: v.ID.UUID}
	for _, l := range v.Lines {
		fact.Lines = append(fact.Lines, shipping.Line{SKU: l.SKU, Quantity: l.Quantity})
	}
	return fact
}

// Clock is a time that stands still until it is moved.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
