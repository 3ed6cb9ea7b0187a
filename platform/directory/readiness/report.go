// Package readiness says whether a module is ready to be taken out, what that will cost, and what must be
// decided first. It reckons with what a running process has counted since it began, with the module's tables,
// and with what it was measured to cost that a call or an event leaves the process (see cmd/internal/calibrate).
//
// What was not observed is missing from a report, never zero: nobody can tell from it that a module is idle.
package readiness

import (
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/platform/directory"
)

// Report is what is known of one module.
type Report struct {
	Module    string     `json:"module"`
	Observed  Observed   `json:"observed"`
	Calls     []Call     `json:"calls" doc:"That it makes, and that are made of it."`
	Events    []Event    `json:"events" doc:"That it states and others hear, and that it hears."`
	Journey   *Journey   `json:"journey,omitempty" doc:"Missing if none was observed."`
	Data      *Data      `json:"data,omitempty" doc:"Missing if another process hosts the module."`
	Edges     []Edge     `json:"edges" doc:"Where the manifests and what was observed differ."`
	Decisions []Decision `json:"decisions" doc:"What must be decided first, and what to know."`
	Verdicts  []Verdict  `json:"verdicts" doc:"By stage."`
	Costs     Costs      `json:"costs" doc:"What the predictions rest on."`
}

// Observed says what the figures are of.
type Observed struct {
	Since   time.Time `json:"since" doc:"When the process began."`
	Seconds float64   `json:"seconds"`
	Unit    string    `json:"unit" doc:"The event that is stated once for each order."`
	Orders  int64     `json:"orders"`
	Nothing bool      `json:"nothing,omitempty" doc:"The module had no part in anything yet."`
	Hosts   []string  `json:"hosts" doc:"The modules of the process that was asked."`
}

// Call is one method as one module calls it of another.
type Call struct {
	From     string     `json:"from"`
	To       string     `json:"to"`
	Method   string     `json:"method"`
	Count    int64      `json:"count"`
	Failed   int64      `json:"failed"`
	Repeated int64      `json:"repeated" doc:"Of them, not the first of their kind in one request, or one run of a handler or task."`
	PerOrder *float64   `json:"per_order,omitempty"`
	Bytes    *CallBytes `json:"bytes,omitempty" doc:"As JSON, of one call in 64."`
	Now      *Times     `json:"now,omitempty"`
	After    *Times     `json:"after,omitempty" doc:"Predicted, with the module in a process of its own."`
	Chatty   string     `json:"chatty,omitempty" doc:"Why there are too many."`
}

// CallBytes are means.
type CallBytes struct {
	Request float64 `json:"request"`
	Answer  float64 `json:"answer"`
}

// Event is one event as one module hears it of another.
type Event struct {
	From     string   `json:"from"`
	To       string   `json:"to"`
	Type     string   `json:"type"`
	Count    int64    `json:"count" doc:"That took effect."`
	PerOrder *float64 `json:"per_order,omitempty"`
	Bytes    *float64 `json:"bytes,omitempty" doc:"The mean of payload and headers."`
	Now      *Times   `json:"now,omitempty" doc:"From the statement to the commit of the effect."`
	After    *Times   `json:"after,omitempty"`
}

// Journey is what a customer waits for, from end to end.
type Journey struct {
	Name    string   `json:"name"`
	Crosses []string `json:"crosses" doc:"What of its way leaves the process after the split."`
	Now     *Times   `json:"now,omitempty"`
	After   *Times   `json:"after,omitempty"`
}

// Data is what the module's schema holds.
type Data struct {
	Engine      string                `json:"engine" enum:"sqlite,mysql"`
	Bytes       int64                 `json:"bytes" doc:"On SQLite of the file."`
	Tables      []directory.TableSize `json:"tables"`
	Pending     int64                 `json:"pending" doc:"Events in its outbox."`
	Held        map[string]int64      `json:"held" doc:"Events that it holds, by state."`
	Tasks       map[string]int64      `json:"tasks"`
	Migrations  int                   `json:"migrations_pending"`
	Strangers   []string              `json:"strangers" doc:"Tables that no migration of this program makes."`
	Elsewhere   string                `json:"elsewhere,omitempty" doc:"Why the schema takes no writes: it is moved, or was."`
	Unreachable bool                  `json:"unreachable,omitempty" doc:"It did not answer in time: nothing else is known."`
}

// Kinds of Edge.
const (
	Undeclared = "undeclared"
	Unseen     = "unseen"
)

// Edge is one that is declared and was not seen, or was seen and is not declared.
type Edge struct {
	Kind string `json:"kind" enum:"undeclared,unseen"`
	What string `json:"what"`
}

// Predict fills in what the model says with other costs.
func (r Report) Predict(c Costs) Report {
	r.Costs = c
	r.Calls, r.Events = append([]Call{}, r.Calls...), append([]Event{}, r.Events...)
	for i := range r.Calls {
		r.Calls[i].After = r.Calls[i].predict(c)
	}
	for i, e := range r.Events {
		if e.Now != nil {
			after := e.Now.Plus(c.Event)
			r.Events[i].After = &after
		}
	}
	if r.Journey != nil {
		r.Journey = r.Journey.predict(r.Calls, c)
	}
	return r
}

func (c Call) predict(costs Costs) *Times {
	if c.Now == nil {
		return nil
	}
	after := c.Now.Plus(costs.call(c.bytes()))
	return &after
}

func (c Call) bytes() float64 {
	if c.Bytes == nil {
		return 0
	}
	return c.Bytes.Request + c.Bytes.Answer
}

// predict adds what each crossing costs: what is no call is an event.
func (j Journey) predict(calls []Call, costs Costs) *Journey {
	var parts []Times
	for _, name := range j.Crosses {
		i := slices.IndexFunc(calls, func(c Call) bool { return c.String() == name })
		if i >= 0 {
			parts = append(parts, costs.call(calls[i].bytes()))
		} else {
			parts = append(parts, costs.Event)
		}
	}
	if j.Now != nil {
		after := j.Now.Plus(parts...)
		j.After = &after
	}
	return &j
}
