package jetstream

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
)

// These tests look inside: what is on the wire is a contract with other programs.

func sample() event.Envelope {
	return event.Envelope{
		ID: id.New(), Source: "order", Type: event.Type{Name: "order.placed", Version: 3},
		Aggregate:  event.Aggregate{Type: "order \"ü%", ID: id.New(), Version: 7},
		OccurredAt: time.UnixMicro(1_790_000_000_123_456).UTC(), CorrelationID: id.New(), CausationID: id.New(),
		TraceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", Payload: json.RawMessage(`{"n":1}`),
	}
}

func TestAnEventIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	e := sample()
	m := message("banyan.order.1.order.placed", e)
	got, err := envelope(m.Header, m.Data)
	require.NoError(t, err)
	require.Equal(t, e, got)
	require.Equal(t, e.ID.String(), m.Header.Get(nats.MsgIdHdr))
	require.Equal(t, []string{"order%20%22%C3%BC%25"}, m.Header[ceKind])
	require.Equal(t, []string{"2026-09-21T14:13:20.123456Z"}, m.Header[ceTime])

	e.CausationID, e.TraceParent = id.UUID{}, ""
	m = message("s", e)
	require.NotContains(t, m.Header, ceCausation)
	got, err = envelope(m.Header, m.Data)
	require.NoError(t, err)
	require.Equal(t, e, got)
}

func TestWhatIsNoEventIsSaidToBeNone(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string][]string{
		ceSpec: {"0.3"}, ceID: {"x"}, ceSource: nil, ceType: nil, ceSubject: {"x"}, ceTime: {"noon"}, ceVersion: {"v1"}, ceSequence: {""}, ceKind: {"%zz"},
	} {
		m := message("s", sample())
		m.Header[name] = wrong
		_, err := envelope(m.Header, m.Data)
		require.ErrorIs(t, err, errNoEvent, name)
		require.ErrorContains(t, err, name)
	}
}
