package boundary

import (
	"context"
	"encoding/json"
	"sync/atomic"
)

// weighed is how many calls there are to one that is weighed: writing JSON takes microseconds.
const weighed = 64

// Weigh measures what a call's request would be on a wire, of the first one and of each 64th after it. Call
// measures answers in the same way.
func Weigh[Q any](ctx context.Context, to *Callee, method string, request Q) {
	if sampled(&to.asked) {
		to.meter.weigh(request, Module(ctx), to.module, method, "request")
	}
}

func sampled(n *atomic.Uint64) bool { return n.Add(1)%weighed == 1 }

// weigh counts as JSON what would travel so. What can't be written would not travel.
func (m *Meter) weigh(v any, caller, callee, method, part string) {
	if text, err := json.Marshal(v); err == nil {
		m.bytes.WithLabelValues(caller, callee, method, part).Observe(float64(len(text)))
	}
}
