package telemetry_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/telemetry"
)

func TestATraceTravelsInHeadersAndWhatCantStandInALogIsLeftOut(t *testing.T) {
	t.Parallel()
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	good := telemetry.Trace{RequestID: "r-1.a_B", Parent: parent}
	h := http.Header{}
	good.Write(h)
	require.Equal(t, good, telemetry.ReadTrace(h))
	require.Equal(t, good, telemetry.TraceOf(telemetry.WithTrace(t.Context(), good)))
	require.Zero(t, telemetry.TraceOf(t.Context()))
	for _, bad := range []telemetry.Trace{
		{RequestID: "a b"},
		{RequestID: strings.Repeat("a", 65)},
		{Parent: "00-1-2-3"},
		{Parent: strings.ToUpper(parent)},
		{Parent: parent + strings.Repeat("0", 64)},
		{Parent: strings.Replace(parent, "4b", "\n", 1)},
	} {
		h := http.Header{"X-Request-Id": {bad.RequestID}, "Traceparent": {bad.Parent}}
		require.Zero(t, telemetry.ReadTrace(h), "%+v", bad)
	}
}
