package readiness

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// The metrics that a report rests on.
const (
	callsMade     = "banyan_calls_total"            // caller, callee, method, result
	callsAgain    = "banyan_calls_repeated_total"   // caller, callee, method
	callSeconds   = "banyan_call_seconds"           // caller, callee, method
	callBytes     = "banyan_call_bytes"             // caller, callee, method, part
	eventsTaken   = "banyan_events_total"           // consumer, type, result
	eventSeconds  = "banyan_event_latency_seconds"  // consumer, type
	eventsStated  = "banyan_events_published_total" // module, type
	eventBytes    = "banyan_event_bytes_total"      // module, type
	aggregateAges = "banyan_aggregate_age_seconds"  // module, type
)

// figures are the series of a registry, since the process began.
type figures map[string][]*dto.Metric

func gather(from prometheus.Gatherer) (figures, error) {
	families, err := from.Gather()
	if err != nil {
		return nil, fmt.Errorf("read metrics for readiness: %w", err)
	}
	f := figures{}
	for _, family := range families {
		f[family.GetName()] = family.GetMetric()
	}
	return f, nil
}

// of are the series of a metric that bear these labels, named and then valued.
func (f figures) of(metric string, labels ...string) []*dto.Metric {
	var found []*dto.Metric
	for _, m := range f[metric] {
		matches := true
		for i := 0; i < len(labels); i += 2 {
			matches = matches && label(m, labels[i]) == labels[i+1]
		}
		if matches {
			found = append(found, m)
		}
	}
	return found
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

func (f figures) count(metric string, labels ...string) int64 {
	n := 0.0
	for _, m := range f.of(metric, labels...) {
		n += m.GetCounter().GetValue()
	}
	return int64(n)
}

func (f figures) times(metric string, labels ...string) *Times {
	var h histogram
	for _, m := range f.of(metric, labels...) {
		h.add(m.GetHistogram())
	}
	return h.times()
}

// mean is of a summary.
func (f figures) mean(metric string, labels ...string) float64 {
	sum, n := 0.0, 0.0
	for _, m := range f.of(metric, labels...) {
		sum += m.GetSummary().GetSampleSum()
		n += float64(m.GetSummary().GetSampleCount())
	}
	if n == 0 {
		return 0
	}
	return sum / n
}
