package boundary

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// edge is the counters of one method as one caller calls it, by result. They are kept, because to find them by
// their labels takes as long as all else that a call costs.
type edge struct {
	calls   prometheus.Counter
	seconds prometheus.Observer
}

type edgeName struct{ caller, method, result string }

// edges are read at each call, and grow when one ends as none has before.
type edges struct {
	known atomic.Pointer[map[edgeName]*edge]
	grow  sync.Mutex
}

func (to *Callee) edge(name edgeName) *edge {
	if known := to.edges.known.Load(); known != nil {
		if e, ok := (*known)[name]; ok {
			return e
		}
	}
	return to.newEdge(name)
}

func (to *Callee) newEdge(name edgeName) *edge {
	to.edges.grow.Lock()
	defer to.edges.grow.Unlock()
	all := map[edgeName]*edge{}
	if known := to.edges.known.Load(); known != nil {
		maps.Copy(all, *known)
	}
	e := &edge{
		calls:   to.meter.calls.WithLabelValues(name.caller, to.module, name.method, name.result),
		seconds: to.meter.seconds.WithLabelValues(name.caller, to.module, name.method),
	}
	all[name] = e
	to.edges.known.Store(&all)
	return e
}
