package readiness

import (
	"fmt"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/directory"
)

// The stages at which parts of a module leave, as docs/extraction.md tells them.
const (
	Process = 1
	Share   = 2
	Rows    = 3
	Code    = 4
)

func stages() map[int]string {
	return map[int]string{Process: "process", Share: "share", Rows: "data", Code: "code"}
}

// Weight says what a decision means to a stage.
type Weight string

// The weights.
const (
	Blocks Weight = "blocks" // as long as it is so, the stage can't be entered
	First  Weight = "first"  // somebody must do something before
	Know   Weight = "know"   // it goes, and this is what it means
)

// Decision is something to be decided, or known, before a stage.
type Decision struct {
	Stages []int  `json:"stages"`
	Weight Weight `json:"weight" enum:"blocks,first,know"`
	Title  string `json:"title"`
	What   string `json:"what"`
}

// Verdict is whether the module is ready for a stage.
type Verdict struct {
	Stage   int      `json:"stage"`
	Name    string   `json:"name"`
	Verdict string   `json:"verdict" enum:"ready,ready after,not ready"`
	Because []string `json:"because" doc:"Titles of decisions."`
}

// Settings are what the process that is asked was started with.
type Settings struct {
	Hosts     []string // modules
	Broker    bool
	Users     bool     // each module has a database user
	Trust     bool     // a peer secret or certificates
	OutboxMiB int64    // above, commands wait; 0: never
	Clients   []string // modules whose contract can be called from other processes
}

// decide lists what blocks before what comes first, and that before what is good to know.
func decide(r Report, m directory.Module, s Settings) []Decision {
	all := slices.Concat(observation(r), wires(m, s), surprises(r), chatter(r), schema(r, s), rows(r), absence(r, m, s))
	order := []Weight{Blocks, First, Know}
	slices.SortStableFunc(all, func(a, b Decision) int { return slices.Index(order, a.Weight) - slices.Index(order, b.Weight) })
	return append([]Decision{}, all...)
}

func verdicts(decisions []Decision) []Verdict {
	var list []Verdict
	for _, stage := range []int{Process, Share, Rows, Code} {
		v := Verdict{Stage: stage, Name: stages()[stage], Verdict: "ready", Because: []string{}}
		for _, weighs := range []struct {
			Weight
			verdict string
		}{{Blocks, "not ready"}, {First, "ready after"}} {
			for _, d := range decisions {
				if d.Weight == weighs.Weight && slices.Contains(d.Stages, stage) {
					v.Verdict, v.Because = weighs.verdict, append(v.Because, d.Title)
				}
			}
			if len(v.Because) > 0 {
				break
			}
		}
		list = append(list, v)
	}
	return list
}

func one(w Weight, title, what string, stages ...int) []Decision {
	return []Decision{{stages, w, title, what}}
}

func observation(r Report) []Decision {
	switch {
	case r.Observed.Nothing:
		return one(First, "an observation", "nothing was observed of it since the process began: what it costs is not known; let orders run through, and ask again", Process, Share, Rows, Code)
	case r.Observed.Orders == 0:
		return one(First, "an order", fmt.Sprintf("no %s was observed: nothing is told per order", r.Observed.Unit), Process, Share)
	}
	return nil
}

func wires(m directory.Module, s Settings) (all []Decision) {
	if (len(m.Listens) > 0 || slices.ContainsFunc(m.Publishes, func(p directory.Published) bool { return len(p.HeardBy) > 0 })) && !s.Broker {
		all = append(all, one(First, "a broker", "BANYAN_BROKER is not set, and its events need one: `banyan broker`, or a NATS server with JetStream", Process)...)
	}
	if len(m.Calls)+len(m.CalledBy) > 0 && !s.Trust {
		all = append(all, one(Know, "trust", "BANYAN_PEER_SECRET and certificates are not set: calls go between processes of one machine alone", Process)...)
	}
	if len(m.CalledBy) > 0 && !slices.Contains(s.Clients, m.Name) {
		all = append(all, one(Blocks, "a client of its contract", fmt.Sprintf("%s call it, and its wiring has no Remote: nobody could call it in another process", strings.Join(m.CalledBy, ", ")), Process, Share, Code)...)
	}
	return all
}

func surprises(r Report) (all []Decision) {
	var undeclared []string
	unseen := 0
	for _, e := range r.Edges {
		if e.Kind == Undeclared {
			undeclared = append(undeclared, e.What)
		} else {
			unseen++
		}
	}
	if len(undeclared) > 0 {
		all = append(all, one(Blocks, "undeclared edges", "declare them, or do without: "+strings.Join(undeclared, "; "), Process, Share, Code)...)
	}
	if unseen > 0 && !r.Observed.Nothing {
		all = append(all, one(Know, "edges not seen", fmt.Sprintf("%d of the edges in manifests had no call or event since the process began: dead, or seldom", unseen), Process, Code)...)
	}
	return all
}

func chatter(r Report) (all []Decision) {
	for _, c := range r.Calls {
		if c.Chatty != "" {
			all = append(all, one(First, "fewer calls "+c.String(), c.Chatty+": each costs a round trip; ask once for many", Process, Share)...)
		}
	}
	return all
}

func schema(r Report, s Settings) (all []Decision) {
	if r.Data == nil {
		return one(First, "the process that hosts it", "another process hosts the module: its schema is not seen from here, ask that one", Rows)
	}
	d := *r.Data
	if d.Unreachable {
		return one(Blocks, "its schema", "it did not answer: how big it is, and what waits in it, is not known", Process, Share, Rows)
	}
	if d.Engine == "sqlite" {
		all = append(all, one(Blocks, "MySQL instead of SQLite", "a SQLite file has one writing process, so that two can't share the module's requests: move it first, `banyan move --module "+r.Module+" --to mysql://…` (stage 3)", Share)...)
	}
	if d.Engine == "mysql" && !s.Users {
		all = append(all, one(First, "database users", "BANYAN_DB_SECRET is not set: that nobody else reads its tables is proved by tests and by no database; set it, and run `banyan migrate --grants`", Rows)...)
	}
	if d.Migrations > 0 {
		all = append(all, one(First, "migrations", fmt.Sprintf("%d migrations of this program have not run in its schema: `banyan migrate`", d.Migrations), Process, Share, Rows)...)
	}
	if len(d.Strangers) > 0 {
		all = append(all, one(Blocks, "tables that no migration makes", strings.Join(d.Strangers, ", ")+": a move refuses them, and an extracted repository would not make them", Rows, Code)...)
	}
	if d.Elsewhere != "" {
		all = append(all, one(Blocks, "the end of a move", d.Elsewhere, Process, Share, Rows)...)
	}
	return append(all, waiting(d)...)
}

func waiting(d Data) []Decision {
	var stuck []string
	for _, of := range []struct {
		n    int64
		what string
	}{{d.Held["dead"], "dead events"}, {d.Held["retry"] + d.Held["behind"], "held events"}, {d.Tasks["dead"], "dead tasks"}} {
		if of.n > 0 {
			stuck = append(stuck, fmt.Sprintf("%d %s", of.n, of.what))
		}
	}
	if len(stuck) == 0 {
		return nil
	}
	return one(First, "what is stuck", strings.Join(stuck, ", ")+": decide about them while they are easy to see (`banyan events dead`, `banyan tasks list`); they would go along", Process, Rows)
}

func rows(r Report) []Decision {
	if r.Data == nil || r.Data.Unreachable {
		return nil
	}
	n, more := int64(0), ""
	for _, t := range r.Data.Tables {
		n += t.Rows
		if t.AtLeast || t.Estimated {
			more = "about "
		}
	}
	return one(Know, "a pause", fmt.Sprintf("nobody writes in the module while its rows are copied and compared twice: %s%d rows of its own and those of the bus", more, n), Rows)
}

// absence tells what its neighbours notice while the module is away.
func absence(r Report, m directory.Module, s Settings) (all []Decision) {
	if len(m.CalledBy) > 0 {
		all = append(all, one(Know, "callers while it is away", strings.Join(m.CalledBy, ", ")+" wait for its answers, in a request of a customer as a rule: while it is away they answer 503", Process)...)
	}
	if len(m.Calls) > 0 {
		all = append(all, one(Know, "whom it calls", "it can't work without "+strings.Join(m.Calls, ", ")+": give its process BANYAN_PEERS", Process)...)
	}
	if len(m.Routes) > 0 {
		all = append(all, one(Know, "its requests", fmt.Sprintf("%d operations are forwarded to it by the process that customers reach (BANYAN_ROUTES): about %s ms more, and 503 while it is away", len(m.Routes), ms(r.Costs.Call.P50)), Process)...)
	}
	if waits := backlog(r, s); waits != "" {
		all = append(all, one(Know, "events while it is away", waits, Process)...)
	}
	return append(all, one(Know, "thirty days", "an inbox remembers an event for 30 days, a broker of `banyan broker`'s kind keeps it for 21: a module that is away for longer loses events", Process)...)
}

// backlog is what piles up for the module, and how long until commands wait for it.
func backlog(r Report, s Settings) string {
	perSecond, bytes := 0.0, 0.0
	for _, e := range r.Events {
		if e.To != r.Module || r.Observed.Seconds == 0 {
			continue
		}
		rate := float64(e.Count) / r.Observed.Seconds
		perSecond += rate
		if e.Bytes != nil {
			bytes += rate * *e.Bytes
		}
	}
	if perSecond == 0 {
		return ""
	}
	text := fmt.Sprintf("%.0f an hour would wait in outboxes at the rate observed, %.1f MiB", 3600*perSecond, 3600*bytes/(1<<20))
	if s.OutboxMiB > 0 && bytes > 0 {
		text += fmt.Sprintf("; after %.0f hours, if not before, they take BANYAN_OUTBOX_MIB (%d) and commands wait", float64(s.OutboxMiB)*(1<<20)/bytes/3600, s.OutboxMiB)
	}
	return text
}

func ms(n float64) string { return fmt.Sprintf("%.2f", n) }
