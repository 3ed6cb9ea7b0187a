package scrape_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/scrape"
)

const answer = `# HELP banyan_events_total Events taken.
# TYPE banyan_events_total counter
banyan_events_total{consumer="order",result="done",type="shipping.created"} 12
banyan_events_total{consumer="order",result="held",type="shipping.created"} 1
banyan_events_total{consumer="catalog",result="done",type="order.placed"} 1e+03

banyan_up 1 1700000000000
odd{text="a \"b\" \\ c, d=} e",} 0.5
`

func TestCountersAreReadWithTheirLabels(t *testing.T) {
	t.Parallel()
	m, err := scrape.Read(strings.NewReader(answer))
	require.NoError(t, err)
	require.InDelta(t, 12, m.Sum("banyan_events_total", "consumer", "order", "type", "shipping.created", "result", "done"), 0)
	require.InDelta(t, 13, m.Sum("banyan_events_total", "consumer", "order"), 0)
	require.Equal(t, map[string]float64{"order": 13, "catalog": 1000}, m.By("banyan_events_total", "consumer"))
	require.InDelta(t, 1, m.Sum("banyan_up"), 0)
	require.InDelta(t, 0.5, m.Sum("odd", "text", `a "b" \ c, d=} e`), 0)
	require.Zero(t, m.Sum("nothing"))
}

func TestGrowthIsCountedPerSeries(t *testing.T) {
	t.Parallel()
	before, err := scrape.Read(strings.NewReader("a{x=\"1\"} 5\nb 1\n"))
	require.NoError(t, err)
	after, err := scrape.Read(strings.NewReader("a{x=\"1\"} 7\na{x=\"2\"} 4\nb 1\n"))
	require.NoError(t, err)
	grown := after.Since(before)
	require.InDelta(t, 2, grown.Sum("a", "x", "1"), 0)
	require.InDelta(t, 6, grown.Sum("a"), 0)
	require.Zero(t, grown.Sum("b"))
	require.Len(t, grown.Only("a"), 2)
}

func TestTextOfAnotherFormatIsRefusedWithItsLine(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a 1\n<html>", "a 1\nb{x=\"1} 2", "a 1\nb{x} 2", "a 1\nb{x=\"1\"}", "a 1\nb two"} {
		_, err := scrape.Read(strings.NewReader(text))
		require.ErrorContains(t, err, "line 2", text)
	}
}

func TestWhatTheClientLibraryWritesIsRead(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	counter := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "c_total", Help: "h"}, []string{"l"})
	histogram := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "h_seconds", Help: "h"})
	registry.MustRegister(counter, histogram)
	counter.WithLabelValues("a\"b\n").Add(3)
	histogram.Observe(2)
	w := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	m, err := scrape.Read(w.Body)
	require.NoError(t, err)
	require.InDelta(t, 3, m.Sum("c_total", "l", "a\"b\n"), 0)
	require.InDelta(t, 1, m.Sum("h_seconds_bucket", "le", "+Inf"), 0)
}
