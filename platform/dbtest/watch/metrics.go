package watch

import (
	"fmt"
	"io"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/dbtest/observed"
)

// counters are the metrics of a program that tell edges, and how their labels spell them. A label module
// that is empty or the platform's names no module: a test, or the operator's desk, calls a contract itself.
func counters() []counter {
	return []counter{
		{"banyan_calls_total", observed.Call, "caller", []string{"callee", "method"}},
		{"banyan_events_total", observed.Event, "consumer", []string{"type"}},
		{"banyan_events_published_total", observed.Publish, "module", []string{"type"}},
	}
}

type counter struct {
	metric string
	kind   observed.Kind
	module string
	name   []string // labels whose values, with dots between them, are the edge's name
}

// SeeMetrics records the edges that a program tells at /metrics: what was counted has happened.
func (w *Watch) SeeMetrics(text io.Reader) error {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(text)
	if err != nil {
		return fmt.Errorf("read the metrics of a program: %w", err)
	}
	for _, c := range counters() {
		for _, m := range families[c.metric].GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if module := labels[c.module]; module == "" || module == boundary.Platform || m.GetCounter().GetValue() == 0 {
				continue
			}
			if err := w.record.See(c.edge(labels)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c counter) edge(labels map[string]string) observed.Edge {
	name := ""
	for i, label := range c.name {
		if i > 0 {
			name += "."
		}
		name += labels[label]
	}
	return observed.Edge{Kind: c.kind, Module: labels[c.module], Name: name}
}
