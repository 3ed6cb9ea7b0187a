package readiness

import (
	"fmt"
	"math"
)

// Times are two quantiles of how long something takes, in milliseconds.
type Times struct {
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
}

// Plus is how long something takes that others are added to, one after another. Medians add up. What lies
// between the median and the 99th percentile adds up as the root of the squares, because the parts are seldom
// slow together; both hold exactly for parts that are independent and normal.
func (t Times) Plus(parts ...Times) Times {
	median, spread := t.P50, square(t.P99-t.P50)
	for _, p := range parts {
		median += p.P50
		spread += square(p.P99 - p.P50)
	}
	return Times{rounded(median), rounded(median + math.Sqrt(spread))}
}

func square(x float64) float64 { return x * x }

// rounded is to the microsecond.
func rounded(ms float64) float64 { return math.Round(ms*1000) / 1000 }

// Costs are what it adds to a call and to an event that they leave the process, on a machine where all
// processes are neighbours. A network adds its round trips.
type Costs struct {
	Of    string  `json:"of" doc:"Which machine they were measured on, and when."`
	Call  Times   `json:"call" doc:"One call without content: token, round trip, both codecs."`
	KiB   float64 `json:"call_ms_per_kib" doc:"For each KiB of request and answer besides."`
	Event Times   `json:"event" doc:"Handed to the broker, confirmed when on its disk, brought to the consumer."`
}

// call is what a call of so many bytes costs beyond its time in process.
func (c Costs) call(bytes float64) Times {
	content := c.KiB * bytes / 1024
	return Times{c.Call.P50 + content, c.Call.P99 + content}
}

// Check says whether the costs can be reckoned with.
func (c Costs) Check() error {
	for _, t := range []Times{c.Call, c.Event, {c.KiB, c.KiB}} {
		if t.P50 < 0 || t.P99 < t.P50 || math.IsNaN(t.P50+t.P99) {
			return fmt.Errorf("costs of %s: quantiles %v and %v ms can't be", c.Of, t.P50, t.P99)
		}
	}
	return nil
}
