package monitor

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// The metrics that tell of modules. One that this process does not have is no trouble: its figures are
// not listed.
const (
	requests   = "banyan_http_requests_total"    // method, route, status
	calls      = "banyan_calls_total"            // caller, callee, method, result
	published  = "banyan_events_published_total" // module, type
	taken      = "banyan_events_total"           // consumer, type, result
	held       = "banyan_events_held"            // consumer, state
	statements = "banyan_sql_statements_total"   // module
	commits    = "banyan_sql_commits_total"      // module
)

func wanted(metric string) bool {
	switch metric {
	case requests, calls, published, taken, held, statements, commits:
		return true
	}
	return false
}

// gather reads the wanted series, by metric and labels.
func gather(from prometheus.Gatherer) (map[string]point, error) {
	families, err := from.Gather()
	points := map[string]point{}
	for _, family := range families {
		if !wanted(family.GetName()) {
			continue
		}
		for _, m := range family.GetMetric() {
			p := point{metric: family.GetName(), labels: map[string]string{}, value: m.GetCounter().GetValue()}
			if gauge := m.GetGauge(); gauge != nil {
				p.value = gauge.GetValue()
			}
			var key strings.Builder
			key.WriteString(p.metric)
			for _, l := range m.GetLabel() { // sorted by name
				p.labels[l.GetName()] = l.GetValue()
				key.WriteString("\x00" + l.GetName() + "\x00" + l.GetValue())
			}
			points[key.String()] = p
		}
	}
	return points, err
}
