package readiness

import (
	"fmt"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
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

// series is one of a metric, since the process began.
type series struct {
	labels  map[string]string
	value   float64   // of a counter
	sum     float64   // of a summary
	samples uint64    // of a summary
	times   histogram // of a histogram
}

// figures are the series of a registry, by metric.
type figures map[string][]series

func gather(from prometheus.Gatherer) (figures, error) {
	families, err := from.Gather()
	if err != nil {
		return nil, fmt.Errorf("read metrics for readiness: %w", err)
	}
	f := figures{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			s := series{
				labels: map[string]string{}, value: m.GetCounter().GetValue(),
				sum: m.GetSummary().GetSampleSum(), samples: m.GetSummary().GetSampleCount(),
				times: histogram{total: m.GetHistogram().GetSampleCount()},
			}
			for _, l := range m.GetLabel() {
				s.labels[l.GetName()] = l.GetValue()
			}
			for _, b := range m.GetHistogram().GetBucket() {
				s.times.buckets = append(s.times.buckets, bucket{b.GetUpperBound(), b.GetCumulativeCount()})
			}
			f[family.GetName()] = append(f[family.GetName()], s)
		}
	}
	return f, nil
}

// of are the series of a metric that bear these labels, named and then valued.
func (f figures) of(metric string, labels ...string) []series {
	var found []series
	for _, s := range f[metric] {
		matches := true
		for pair := range slices.Chunk(labels, 2) {
			matches = matches && s.labels[pair[0]] == pair[1]
		}
		if matches {
			found = append(found, s)
		}
	}
	return found
}

func (f figures) count(metric string, labels ...string) int64 {
	n := 0.0
	for _, s := range f.of(metric, labels...) {
		n += s.value
	}
	return int64(n)
}

func (f figures) times(metric string, labels ...string) *Times {
	var all histogram
	for _, s := range f.of(metric, labels...) {
		all.add(s.times)
	}
	return all.quantiles()
}

// mean is of a summary.
func (f figures) mean(metric string, labels ...string) float64 {
	sum, n := 0.0, uint64(0)
	for _, s := range f.of(metric, labels...) {
		sum += s.sum
		n += s.samples
	}
	return sum / float64(max(1, n))
}
