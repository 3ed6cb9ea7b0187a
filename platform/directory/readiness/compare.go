package readiness

import (
	"fmt"
	"math"
	"slices"
)

// Bounds of Ratio.Within: how far what is measured after a split may lie from what was predicted. Where they come
// from is in docs/architecture.md: on a machine whose processors are taken the parts that stay slow down, too,
// and a 99th percentile of some hundred orders is a few of them.
const (
	BoundP50 = 3.0
	BoundP99 = 4.0
)

// Ratio is one prediction beside what was measured after the split.
type Ratio struct {
	What      string
	Predicted Times
	Measured  Times
	P50, P99  float64 // measured / predicted
	Within    bool    // both lie within the bounds, or below one millisecond of the prediction
}

// fair is the difference, in milliseconds, that no ratio says anything of: a machine's own noise.
const fair = 1.0

// Against compares a prediction with times that somebody measured, a customer's for example.
func Against(what string, predicted, measured Times) Ratio {
	r := Ratio{What: what, Predicted: predicted, Measured: measured, P50: measured.P50 / predicted.P50, P99: measured.P99 / predicted.P99}
	r.Within = near(predicted.P50, measured.P50, BoundP50) && near(predicted.P99, measured.P99, BoundP99)
	return r
}

func near(predicted, measured, bound float64) bool {
	return math.Abs(measured-predicted) <= fair || measured <= bound*predicted && measured >= predicted/bound
}

// String is a line of a table.
func (r Ratio) String() string {
	verdict := "within bounds"
	if !r.Within {
		verdict = "OUT OF BOUNDS"
	}
	return fmt.Sprintf("%s: predicted p50 %.2f ms, p99 %.2f ms; measured %.2f ms, %.2f ms; ratios %.2f, %.2f: %s",
		r.What, r.Predicted.P50, r.Predicted.P99, r.Measured.P50, r.Measured.P99, r.P50, r.P99, verdict)
}

// Compare puts the predictions of a report made before a split beside the reports of the processes after it:
// calls as the process of the caller has timed them, events as that of the consumer has. What none of them has
// observed is left out; an empty answer compares nothing.
func Compare(before Report, after ...Report) []Ratio {
	var all []Ratio
	put := func(what string, predicted, measured *Times) {
		if predicted != nil && measured != nil {
			all = append(all, Against(what, *predicted, *measured))
		}
	}
	for _, c := range before.Calls {
		put(c.String(), c.After, timesOfCall(c, after))
	}
	for _, e := range before.Events {
		put(e.String(), e.After, timesOfEvent(e, after))
	}
	if j := before.Journey; j != nil {
		for _, r := range after {
			if r.Journey != nil && r.Journey.Now != nil {
				put(j.Name, j.After, r.Journey.Now)
				break
			}
		}
	}
	return all
}

// String names the edge.
func (c Call) String() string { return c.From + " -> " + c.To + "." + c.Method }

// String names the edge.
func (e Event) String() string { return e.From + " ~> " + e.To + " " + e.Type }

func timesOfCall(of Call, in []Report) *Times {
	for _, r := range in {
		if !slices.Contains(r.Observed.Hosts, of.From) {
			continue
		}
		for _, c := range r.Calls {
			if c.String() == of.String() {
				return c.Now
			}
		}
	}
	return nil
}

func timesOfEvent(of Event, in []Report) *Times {
	for _, r := range in {
		if !slices.Contains(r.Observed.Hosts, of.To) {
			continue
		}
		for _, e := range r.Events {
			if e.String() == of.String() {
				return e.Now
			}
		}
	}
	return nil
}
