package app_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/internal/app"
	"github.com/banyan-commerce/banyan/modules/payment/internal/sandbox"
	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
)

// shop is a payment module on a real database, whose provider is a sandbox over real HTTP.
type shop struct {
	t      *testing.T
	db     *sqldb.DB
	line   *line
	app    *app.App
	sub    bus.Subscription
	runner *task.Runner
	client *sandbox.Client

	clock    time.Time
	sequence map[id.UUID]int64
}

func open(t *testing.T, e dbtest.Engine) *shop {
	t.Helper()
	s := &shop{
		t: t, db: e.DB(t, "payment"), line: &line{}, clock: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
		sequence: make(map[id.UUID]int64),
	}
	s.restart()
	return s
}

// restart is a new process on the same database: it knows only what is in there. The sandbox, which
// is part of the process, has forgotten everything.
func (s *shop) restart() {
	s.t.Helper()
	s.line.to(sandbox.New(func(context.Context) {}))
	server := httptest.NewServer(s.line)
	s.t.Cleanup(server.Close)
	s.client = sandbox.NewClient(server.URL)
	s.t.Cleanup(s.client.Close)
	log := slog.New(slog.DiscardHandler)
	queue := task.NewQueue(s.now)
	events := bus.New(log, s.now, prometheus.NewRegistry()).Publisher(s.db)
	s.app = app.New(s.db, events, queue, s.client, s.now)
	s.sub = s.app.Subscription()
	s.runner = task.NewRunner(s.db, queue, s.now, log, s.app.Tasks()...)
}

func (s *shop) now() time.Time { return s.clock }

// run runs what is due, and what becomes due by it.
func (s *shop) run() {
	s.t.Helper()
	for {
		n, err := s.runner.RunDue(s.t.Context())
		require.NoError(s.t, err)
		if n == 0 {
			return
		}
	}
}

// later lets every backoff pass.
func (s *shop) later() { s.clock = s.clock.Add(2 * time.Minute) }

// hear delivers a fact about an order and answers its envelope.
func (s *shop) hear(orderID order.ID, fact event.Event) event.Envelope {
	s.t.Helper()
	e := s.envelope(orderID, fact)
	s.deliver(e)
	return e
}

func (s *shop) envelope(orderID order.ID, fact event.Event) event.Envelope {
	s.t.Helper()
	payload, err := json.Marshal(fact)
	require.NoError(s.t, err)
	s.sequence[orderID.UUID]++
	return event.Envelope{
		ID: id.New(), Source: "order", Type: fact.EventType(), OccurredAt: s.clock, Payload: payload,
		Aggregate: event.Aggregate{Type: order.AggregateType, ID: orderID.UUID, Version: s.sequence[orderID.UUID]},
	}
}

func (s *shop) deliver(e event.Envelope) {
	s.t.Helper()
	require.NoError(s.t, bus.Deliver(s.t.Context(), s.sub, e))
}

// place delivers order.placed and answers the order and its attempt.
func (s *shop) place(token string) (order.ID, payment.ID) {
	s.t.Helper()
	orderID := order.ID{UUID: id.New()}
	fact := order.Placed{OrderID: orderID, Number: "K7", Payment: wanted(token)}
	s.hear(orderID, fact)
	return orderID, payment.ID{UUID: fact.Payment.PaymentID}
}

func wanted(token string) order.PaymentAttempt {
	return order.PaymentAttempt{PaymentID: id.New(), Amount: price(), Method: "card", Token: token}
}

func price() money.Money { return money.Money{Amount: 75800, Currency: "KRW"} }

func shippedFact(orderID order.ID) shipping.Shipped {
	return shipping.Shipped{ShipmentID: shipping.ID{UUID: id.New()}, OrderID: orderID.UUID, Carrier: "cj", TrackingNumber: "1"}
}

// told is one event that payment has published.
type told struct {
	Name    string
	Version int64
}

// published are the events about an attempt in their order.
func (s *shop) published(of payment.ID) []told {
	s.t.Helper()
	events, err := bus.Pending(s.t.Context(), s.db)
	require.NoError(s.t, err)
	list := []told{}
	for _, e := range events {
		if e.Aggregate.ID == of.UUID {
			list = append(list, told{e.Type.Name, e.Aggregate.Version})
		}
	}
	return list
}

func (s *shop) read(of payment.ID) app.View {
	s.t.Helper()
	v, err := s.app.Read(s.t.Context(), of)
	require.NoError(s.t, err)
	return v
}

// line is what lies between us and the provider. It counts calls, and a test may cut it.
type line struct {
	mu    sync.Mutex
	far   *sandbox.Sandbox
	calls []string // method and path
	keys  []string
	fault func(far http.Handler, w http.ResponseWriter, r *http.Request)
}

func (l *line) to(s *sandbox.Sandbox) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.far = s
}

// breaks makes every call go through f, and none any more if f is nil.
func (l *line) breaks(f func(far http.Handler, w http.ResponseWriter, r *http.Request)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault = f
}

func (l *line) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	l.calls = append(l.calls, r.Method)
	l.keys = append(l.keys, r.Header.Get("Idempotency-Key"))
	far, fault := l.far, l.fault
	l.mu.Unlock()
	if fault != nil {
		fault(far, w, r)
		return
	}
	far.ServeHTTP(w, r)
}

func (l *line) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.calls)
}

func (l *line) lastCall() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls[len(l.calls)-1]
}

// sent are the keys of all calls.
func (l *line) sent() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.keys)
}

func (l *line) tally() sandbox.Tally {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.far.Tally()
}

// loseAnswers lets requests through and drops what comes back, as when the process dies after the
// call: the provider has acted and nobody here knows.
func loseAnswers(far http.Handler, _ http.ResponseWriter, r *http.Request) {
	far.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// cut lets nothing through.
func cut(http.Handler, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// inBackground answers a channel that is closed when f has ended.
func inBackground(f func()) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f()
	}()
	return ended
}

// first waits for the provider to be reached; the test fails if the run ends without it.
func (s *shop) first(reached, ran <-chan struct{}) {
	s.t.Helper()
	select {
	case <-reached:
	case <-ran:
		select {
		case <-reached: // and the run has ended since
		default:
			require.Fail(s.t, "nobody has asked the provider")
		}
	}
}
