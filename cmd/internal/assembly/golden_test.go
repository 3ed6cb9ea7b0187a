package assembly_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/broker/jetstream"
	"github.com/banyan-commerce/banyan/platform/broker/natsd"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/event/eventtest"
	"github.com/banyan-commerce/banyan/platform/id"
)

// An event of each version that was ever published, and one with a field of tomorrow, as a consumer in a
// process of another version of the program meets them.
func TestEachVersionOfEachEventIsReadBehindABroker(t *testing.T) {
	t.Parallel()
	server, err := natsd.Start(natsd.Options{Addr: "127.0.0.1:0", Store: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	b, err := jetstream.New(jetstream.Config{URL: server.URL(), Partitions: 1, Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry()})
	require.NoError(t, err)
	for _, m := range assembly.Manifests() {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			samples := map[string]event.Event{}
			var types []string
			var sent []event.Envelope
			for _, d := range m.Publishes {
				samples[d.Type.Name] = d.Sample
				types = append(types, d.Type.Name)
				for _, version := range event.Versions(d.Sample) {
					golden, err := os.ReadFile(filepath.Join("../../../modules", m.Name, "testdata/events", eventtest.Name(version)))
					require.NoError(t, err)
					sent = append(sent, enveloped(m.Name, version, golden), enveloped(m.Name, version, eventtest.Widened(golden)))
				}
			}
			require.NotEmpty(t, sent)
			got := carried(t, b, bus.Inlet{Publisher: m.Name, Consumer: "reader", Types: types}, sent)
			for i := 0; i < len(sent); i += 2 {
				plain, widened := got[sent[i].ID], got[sent[i+1].ID]
				require.Equal(t, sent[i], plain, "nothing of it is lost on the way")
				require.Equal(t, read(t, samples[plain.Type.Name], plain), read(t, samples[plain.Type.Name], widened), plain.Type)
			}
		})
	}
}

func enveloped(source string, t event.Type, payload []byte) event.Envelope {
	eventID := id.New()
	return event.Envelope{
		ID: eventID, Source: source, Type: t, Aggregate: event.Aggregate{Type: "sample", ID: id.New(), Version: 1},
		OccurredAt: time.Date(2026, 3, 2, 9, 30, 0, 1000, time.UTC), CorrelationID: eventID, CausationID: id.New(),
		TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Payload: json.RawMessage(payload),
	}
}

// carried sends events by a broker, and answers what has come by their IDs.
func carried(t *testing.T, b *jetstream.Broker, in bus.Inlet, events []event.Envelope) map[id.UUID]event.Envelope {
	t.Helper()
	out, err := b.Open(t.Context(), in.Publisher)
	require.NoError(t, err)
	defer out.Close()
	for _, receipt := range out.Publish(t.Context(), events) {
		require.NoError(t, receipt.Err)
	}
	ctx, done := context.WithTimeout(t.Context(), time.Minute)
	defer done()
	var mu sync.Mutex
	came := map[id.UUID]event.Envelope{}
	require.NoError(t, b.Subscribe(ctx, in, func(_ context.Context, e event.Envelope) error {
		mu.Lock()
		defer mu.Unlock()
		came[e.ID] = e
		if len(came) == len(events) {
			done()
		}
		return nil
	}))
	require.Len(t, came, len(events))
	return came
}

// read is what a consumer of today's version makes of an event.
func read(t *testing.T, today event.Event, e event.Envelope) any {
	t.Helper()
	payload, err := event.Lift(today, e.Type, e.Payload)
	require.NoError(t, err)
	fact := reflect.New(reflect.TypeOf(today))
	require.NoError(t, json.Unmarshal(payload, fact.Interface()))
	require.False(t, fact.Elem().IsZero(), "%s is empty", e.Type)
	return fact.Elem().Interface()
}
