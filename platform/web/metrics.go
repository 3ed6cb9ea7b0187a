package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics of requests. Labels come from the route table and a closed list of methods, never from the
// request, so that nobody can fill the memory with them.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	ofModule *prometheus.GaugeVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "banyan_http_requests_total",
			Help: "Requests answered, by route, method and status; 499 is a client that went away.",
		}, []string{"route", "method", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "banyan_http_request_duration_seconds",
			Help:    "Time from the request's headers to the end of its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route", "method"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "banyan_http_requests_in_flight",
			Help: "Requests being answered now.",
		}),
		ofModule: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "banyan_http_module_requests_in_flight",
			Help: "Requests for operations being answered now, by the module that owns the operation.",
		}, []string{"module"}),
	}
	r.MustRegister(m.requests, m.duration, m.inFlight, m.ofModule)
	return m
}

func (m *metrics) observe(c echo.Context, took time.Duration) {
	route, method := routeOf(c), methodOf(c.Request().Method)
	m.requests.WithLabelValues(route, method, strconv.Itoa(c.Response().Status)).Inc()
	m.duration.WithLabelValues(route, method).Observe(took.Seconds())
}

func routeOf(c echo.Context) string {
	if c.Path() == "" {
		return "unmatched"
	}
	return template(c.Path())
}

// template is a route of echo's as the OpenAPI document writes it: /v1/orders/{id}.
func template(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

func methodOf(method string) string {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
