package alone_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/broker/jetstream"
	"github.com/banyan-commerce/banyan/platform/broker/natsd"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/event/eventtest"
	"github.com/banyan-commerce/banyan/platform/id"
)

// neighbourhood is a module in a process of its own, and this test in the place of all others.
type neighbourhood struct {
	*shoptest.Server

	module string
	broker *jetstream.Broker

	mu       sync.Mutex
	stated   []event.Envelope // by the module
	told     map[string]int   // events by name
	versions map[id.UUID]int64
}

// open starts a module on an empty store.
func open(t *testing.T, e dbtest.Engine, module string, settings ...string) *neighbourhood {
	t.Helper()
	server, err := natsd.Start(natsd.Options{Addr: "127.0.0.1:0", Store: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	broker, err := jetstream.New(jetstream.Config{URL: server.URL(), Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry()})
	require.NoError(t, err)
	n := &neighbourhood{module: module, broker: broker, told: map[string]int{}, versions: map[id.UUID]int64{}}
	n.listen(t)
	store := e.MigratedURL(t, module)
	n.Server = shoptest.Start(t, store, slices.Concat(dbtest.Settings(store), settings, []string{
		"BANYAN_MODULES=" + module, "BANYAN_MIGRATE=off", "BANYAN_BROKER=" + server.URL(), "BANYAN_BROKER_KEEP=0s",
	})...)
	return n
}

// listen takes what the module states, until the end of the test.
func (n *neighbourhood) listen(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var listening sync.WaitGroup
	listening.Go(func() {
		in := bus.Inlet{Publisher: n.module, Consumer: "neighbours", Types: published(t, n.module)}
		for ctx.Err() == nil {
			if err := n.broker.Subscribe(ctx, in, n.take); err != nil {
				t.Logf("the test has lost the broker, and comes again: %v", err)
			}
		}
	})
	t.Cleanup(func() {
		stop()
		listening.Wait()
	})
}

// String is what the module has stated so far.
func (n *neighbourhood) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var names []string
	for _, e := range n.stated {
		names = append(names, e.Type.Name)
	}
	return strings.Join(names, ", ")
}

func (n *neighbourhood) take(_ context.Context, e event.Envelope) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.stated = append(n.stated, e)
	return nil
}

// tell states a neighbour's event about an order, in the newest form that was published, with the values of
// this story in it.
func (n *neighbourhood) tell(t *testing.T, name string, order id.UUID, values ...value) {
	t.Helper()
	publisher, _, _ := strings.Cut(name, ".")
	kind, fields := golden(t, name)
	for _, v := range append(values, value{"order_id", order}) {
		put(t, fields, v)
	}
	payload, err := json.Marshal(fields)
	require.NoError(t, err)
	n.versions[order]++
	e := event.Envelope{
		ID: id.New(), Source: publisher, Type: kind, OccurredAt: time.Now().UTC(), Payload: payload,
		Aggregate: event.Aggregate{Type: publisher, ID: order, Version: n.versions[order]},
	}
	require.Eventually(t, func() bool { return n.publish(t.Context(), publisher, e) == nil }, shoptest.Patience, shoptest.Soon, "the broker takes no %s", name)
	n.told[name]++
}

// publish may be called again for the same event.
func (n *neighbourhood) publish(ctx context.Context, publisher string, e event.Envelope) error {
	outlet, err := n.broker.Open(ctx, publisher)
	if err != nil {
		return err
	}
	defer outlet.Close()
	for _, receipt := range outlet.Publish(ctx, []event.Envelope{e}) {
		err = errors.Join(err, receipt.Err)
	}
	return err
}

// hear waits until the module has stated an event about an order, for the first time, and answers its
// payload. It has all that was ever published of such events. Only what some module hears goes over a broker.
func (n *neighbourhood) hear(t *testing.T, name string, order id.UUID) shoptest.Answer {
	t.Helper()
	var found *event.Envelope
	require.Eventually(t, func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		found = nil
		i := slices.IndexFunc(n.stated, func(e event.Envelope) bool {
			return e.Type.Name == name && strings.Contains(string(e.Payload), order.String())
		})
		if i >= 0 {
			found = &n.stated[i]
		}
		return found != nil
	}, shoptest.Patience, shoptest.Soon, "%s is not stated about order %s; stated was %s", name, order, n)
	require.Empty(t, eventtest.Losses(goldenText(t, name), found.Payload), "%s is not what it was", name)
	return shoptest.Answer{Body: string(found.Payload)}
}

// requireAllTaken: the module has taken each event that it was told, and was told each that it hears.
func (n *neighbourhood) requireAllTaken(t *testing.T, hears ...string) {
	t.Helper()
	for _, name := range hears {
		require.NotZero(t, n.told[name], "the story tells no %s", name)
	}
	require.Len(t, n.told, len(hears))
	var metrics string
	require.Eventually(t, func() bool {
		metrics = n.Ask(t, http.MethodGet, "/metrics", "").Body
		for name, times := range n.told {
			done := fmt.Sprintf(`banyan_events_total{consumer=%q,result="done",type=%q} %d`, n.module, name, times)
			if !strings.Contains(metrics, done+"\n") {
				return false
			}
		}
		return true
	}, shoptest.Patience, shoptest.Soon, "not all of %v was taken", n.told)
	require.NotRegexp(t, `banyan_events_total\{[^}]*result="held"`, metrics)
}
