package natsd_test

import (
	"log/slog"
	"net"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/broker/jetstream"
	"github.com/banyan-commerce/banyan/platform/broker/natsd"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestABrokerKeepsWhatItHasConfirmedAndTurnsStrangersAway(t *testing.T) {
	t.Parallel()
	o := natsd.Options{Addr: "127.0.0.1:0", Store: t.TempDir(), Token: "geheim", Log: discard()}
	s, err := natsd.Start(o)
	require.NoError(t, err)
	require.NotContains(t, s.URL(), "geheim")
	_, err = nats.Connect(s.URL())
	require.ErrorIs(t, err, nats.ErrAuthorization)

	mark := publish(t, s.URL())
	s.Stop()
	s, err = natsd.Start(o)
	require.NoError(t, err)
	defer s.Stop()
	again := publish(t, s.URL())
	require.Equal(t, mark.Born, again.Born)
	require.EqualValues(t, 1, again.Reached)
}

// publish states an event, and answers how far the broker had come before.
func publish(t *testing.T, url string) bus.Mark {
	t.Helper()
	b, err := jetstream.New(jetstream.Config{URL: url, Token: "geheim", Log: discard(), Registry: prometheus.NewRegistry()})
	require.NoError(t, err)
	out, err := b.Open(t.Context(), "desk")
	require.NoError(t, err)
	defer out.Close()
	e := event.Envelope{ID: id.New(), Source: "desk", Type: event.Type{Name: "desk.noted", Version: 1}, Aggregate: event.Aggregate{Type: "sheet", ID: id.New(), Version: 1}}
	require.NoError(t, out.Publish(t.Context(), []event.Envelope{e})[0].Err)
	return out.Mark()
}

func TestABrokerForEverybodyIsRefused(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:4222", "localhost:0"} {
		_, err := natsd.Start(natsd.Options{Addr: addr, Store: t.TempDir(), Log: discard()})
		require.ErrorIs(t, err, natsd.ErrOpen, addr)
	}
	_, err := natsd.Start(natsd.Options{Addr: "127.0.0.1", Store: t.TempDir(), Log: discard()})
	require.ErrorContains(t, err, "address")
	_, err = natsd.Start(natsd.Options{Addr: "127.0.0.1:0", CAFile: "ca.pem", Store: t.TempDir(), Log: discard()})
	require.ErrorContains(t, err, "certificates")
}

func TestAnAddressThatIsTakenIsSaidToBe(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, err = natsd.Start(natsd.Options{Addr: l.Addr().String(), Store: t.TempDir(), Log: discard()})
	require.ErrorContains(t, err, "address already in use")
}
