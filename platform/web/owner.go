package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/fault"
)

// ErrCrowded is the answer to a request for a module that has its whole budget of requests under way.
var ErrCrowded = fault.New(fault.Unavailable, "module_crowded", "Too many requests for this part of the shop are under way; try again in a moment, with the same key.")

const (
	// defaultBudget is of requests under way for one module. A request that hangs keeps less than 70 kB
	// (measured with its client's side), so that a module all of whose requests hang keeps 70 MB and no more.
	// At 30 s, the longest that a client may ask to wait, it is 34 such requests a second.
	defaultBudget = 1024
	crowdedAfter  = 2 * time.Second // is when a request that found the module crowded may come again

	systemPath = "/v1/system/" // the operator's desk over all modules
)

// owner is whom operations belong to: a module, or the platform.
type owner struct {
	module   string
	budget   int64
	underWay atomic.Int64
	gauge    prometheus.Gauge
}

// owners finds the owner of an operation.
type owners struct {
	byOperation map[string]*owner
	platform    *owner
}

func newOwners(declared map[string]string, budget int, gauge *prometheus.GaugeVec) owners {
	modules := map[string]*owner{}
	named := func(module string) *owner {
		if modules[module] == nil {
			modules[module] = &owner{module: module, budget: int64(budget), gauge: gauge.WithLabelValues(module)}
		}
		return modules[module]
	}
	o := owners{byOperation: map[string]*owner{}, platform: named(boundary.Platform)}
	for operation, module := range declared {
		o.byOperation[operation] = named(module)
	}
	return o
}

func (o owners) of(op *huma.Operation) *owner {
	if found, ok := o.byOperation[op.Method+" "+op.Path]; ok {
		return found
	}
	return o.platform
}

// match compares what was declared with what is served: an operation of nobody's would have no budget, and
// one that was lost in the wiring would go unnoticed.
func (o owners) match(served []string) error {
	var errs []error
	for _, operation := range slices.Sorted(slices.Values(served)) {
		_, path, _ := strings.Cut(operation, " ")
		if _, declared := o.byOperation[operation]; !declared && !strings.HasPrefix(path, systemPath) {
			errs = append(errs, fmt.Errorf("%s is served, and no module's manifest declares it", operation))
		}
	}
	for _, operation := range slices.Sorted(maps.Keys(o.byOperation)) {
		if !slices.Contains(served, operation) {
			errs = append(errs, fmt.Errorf("%s is declared by %s, and nothing serves it", operation, o.byOperation[operation].module))
		}
	}
	return errors.Join(errs...)
}

// served are the operations that the modules have registered, those among them that no document shows.
func (s *Server) served() []string {
	var all []string
	for _, r := range s.echo.Routes() {
		all = append(all, r.Method+" "+template(r.Path))
	}
	return all
}

// owned runs a request as its owner's work, within the owner's budget. When half of that is used, nobody
// is kept waiting any more: a request that would wait for something answers with what there is.
func (s *Server) owned(c huma.Context, next func(huma.Context)) {
	o := s.owners.of(c.Operation())
	underWay := o.underWay.Add(1)
	defer o.underWay.Add(-1)
	if underWay > o.budget {
		answerError(RetryAfter(ErrCrowded, crowdedAfter), humaecho.UnwrapV4(c))
		return
	}
	o.gauge.Inc()
	defer o.gauge.Dec()
	if underWay > o.budget/2 {
		hurry(c.Context())
	}
	boundary.Do(c.Context(), o.module, func(ctx context.Context) { next(huma.WithContext(c, ctx)) })
}
