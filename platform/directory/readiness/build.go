package readiness

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/directory"
)

// Path is what a customer waits for: from the making of an aggregate to a fact about it.
type Path struct {
	Name   string // for people: "place -> confirmed"
	Begins string // the event that is stated once for each order
	Ends   string // the event that the customer waits for, of the same aggregate
	Legs   []Leg  // what crosses from module to module in between
}

// Leg is one call, or one event.
type Leg struct {
	From, To string
	Method   string // of a call
	Event    string // of an event
}

// String names the leg as a call or an event of a report is named.
func (l Leg) String() string {
	if l.Method != "" {
		return Call{From: l.From, To: l.To, Method: l.Method}.String()
	}
	return Event{From: l.From, To: l.To, Type: l.Event}.String()
}

// mostCalls is how many calls of one kind an order may make before they are called chatty.
const mostCalls = 3

// observer makes a report of what was counted.
type observer struct {
	figures
	modules directory.Document
	module  directory.Module
	path    Path
	orders  int64
}

// countOrders: a process that does not state them may hear of them.
func (o *observer) countOrders() {
	o.orders = o.count(eventsStated, "type", o.path.Begins)
	if o.orders > 0 {
		return
	}
	for _, name := range o.modules.Names() {
		o.orders = max(o.orders, o.count(eventsTaken, "consumer", name, "type", o.path.Begins, "result", "done"))
	}
}

func (o *observer) perOrder(n int64) *float64 {
	if o.orders == 0 {
		return nil
	}
	each := math.Round(1000*float64(n)/float64(o.orders)) / 1000
	return &each
}

// calls that the module makes, and that are made of it, declared or not: what is counted happened. A call that
// is nobody's work is none between modules.
func (o *observer) calls() []Call {
	list := []Call{}
	for _, m := range o.of(callsMade) {
		c := Call{From: m.labels["caller"], To: m.labels["callee"], Method: m.labels["method"]}
		if c.From != o.module.Name && c.To != o.module.Name || c.From == "" || slices.ContainsFunc(list, func(other Call) bool { return other.String() == c.String() }) {
			continue
		}
		list = append(list, o.call(c))
	}
	slices.SortFunc(list, func(a, b Call) int { return cmp.Compare(a.String(), b.String()) })
	return list
}

func (o *observer) call(c Call) Call {
	labels := []string{"caller", c.From, "callee", c.To, "method", c.Method}
	with := func(more ...string) []string { return append(slices.Clone(labels), more...) }
	c.Count = o.count(callsMade, labels...)
	c.Failed = c.Count - o.count(callsMade, with("result", "ok")...)
	c.Repeated = o.count(callsAgain, labels...)
	c.PerOrder = o.perOrder(c.Count)
	c.Now = o.times(callSeconds, labels...)
	if len(o.of(callBytes, labels...)) > 0 {
		c.Bytes = &CallBytes{
			math.Round(o.mean(callBytes, with("part", "request")...)), math.Round(o.mean(callBytes, with("part", "answer")...)),
		}
	}
	c.Chatty = c.chatty()
	return c
}

func (c Call) chatty() string {
	var why []string
	if c.PerOrder != nil && *c.PerOrder > mostCalls {
		why = append(why, fmt.Sprintf("%.1f for each order, more than %d", *c.PerOrder, mostCalls))
	}
	if c.Repeated > 0 {
		why = append(why, fmt.Sprintf("%d of %d repeat one made in the same piece of work, as in a loop", c.Repeated, c.Count))
	}
	return strings.Join(why, "; ")
}

func (o *observer) events() []Event {
	list := []Event{}
	for _, m := range o.modules.Modules {
		for _, heard := range m.Listens {
			e := Event{From: heard.From, To: m.Name, Type: heard.Event}
			if e.From != o.module.Name && e.To != o.module.Name {
				continue
			}
			if e, seen := o.event(e); seen {
				list = append(list, e)
			}
		}
	}
	return list
}

// event is one that took effect, or was stated for a consumer of another process.
func (o *observer) event(e Event) (Event, bool) {
	stated := o.count(eventsStated, "module", e.From, "type", e.Type)
	e.Count = o.count(eventsTaken, "consumer", e.To, "type", e.Type, "result", "done")
	e.Now = o.times(eventSeconds, "consumer", e.To, "type", e.Type)
	if stated > 0 {
		mean := math.Round(float64(o.count(eventBytes, "module", e.From, "type", e.Type)) / float64(stated))
		e.Bytes = &mean
	}
	e.PerOrder = o.perOrder(max(e.Count, stated))
	return e, e.Count+stated > 0
}

func (o *observer) journey() *Journey {
	now := o.times(aggregateAges, "type", o.path.Ends)
	if now == nil {
		return nil
	}
	j := &Journey{Name: o.path.Name, Crosses: []string{}, Now: now}
	for _, l := range o.path.Legs {
		if l.From == o.module.Name || l.To == o.module.Name {
			j.Crosses = append(j.Crosses, l.String())
		}
	}
	return j
}

// edges compares the manifests with what was counted. A call that fails was made, too.
func (o *observer) edges(calls []Call, events []Event) []Edge {
	list := []Edge{}
	for _, c := range calls {
		caller, _ := o.modules.Find(c.From)
		if !slices.Contains(caller.Calls, c.To) {
			list = append(list, Edge{Undeclared, fmt.Sprintf("%s: Calls of %s's manifest does not name %s", c, c.From, c.To)})
		}
	}
	for _, m := range o.of(eventsStated, "module", o.module.Name) {
		name := m.labels["type"]
		if !slices.ContainsFunc(o.module.Publishes, func(p directory.Published) bool { return p.Event == name }) {
			list = append(list, Edge{Undeclared, fmt.Sprintf("%s states %s: Publishes of its manifest does not name it", o.module.Name, name)})
		}
	}
	slices.SortFunc(list, func(a, b Edge) int { return cmp.Compare(a.What, b.What) })
	if len(calls)+len(events) == 0 {
		return list // that nothing was seen is said once
	}
	return append(list, o.unseen(calls, events)...)
}

func (o *observer) unseen(calls []Call, events []Event) []Edge {
	var list []Edge
	for _, m := range o.modules.Modules {
		for _, to := range m.Calls {
			if (m.Name == o.module.Name || to == o.module.Name) && !slices.ContainsFunc(calls, func(c Call) bool { return c.From == m.Name && c.To == to }) {
				list = append(list, Edge{Unseen, m.Name + " -> " + to})
			}
		}
	}
	for _, m := range o.modules.Modules {
		for _, h := range m.Listens {
			e := Event{From: h.From, To: m.Name, Type: h.Event}
			if (e.From == o.module.Name || e.To == o.module.Name) && !slices.ContainsFunc(events, func(other Event) bool { return other.String() == e.String() }) {
				list = append(list, Edge{Unseen, e.String()})
			}
		}
	}
	return list
}
