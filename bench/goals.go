package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// goal is one promise and what became of it.
type goal struct {
	engine          sqldb.Engine
	name, want, got string
	met             bool
	told            bool // it is no goal
}

func (g goal) String() string {
	verdict := "met"
	switch {
	case g.told:
		return fmt.Sprintf("%-7s %s: %s is %s", "told", g.engine, g.name, g.got)
	case !g.met:
		verdict = "MISSED"
	}
	return fmt.Sprintf("%-7s %s: %s %s, is %s", verdict, g.engine, g.name, g.want, g.got)
}

const (
	mostLatency = 2 * time.Millisecond
	mostGrowth  = 16 << 20 // bytes of live heap that a big backlog may take more than empty tables
)

// share compares the rate of one contender with another's in a row.
type share struct {
	row      int
	engine   sqldb.Engine
	over, of string
	least    float64 // 0: no goal, told only
	name     string
}

// Goals are measured against a peer's single stream, as its documentation shows it. An application may
// spread its accounts over several topics of watermill-sql; how Banyan compares with that is told too.
func shares() []share {
	return []share{
		{1, sqldb.MySQL, inSetsName, defaultName, 3, "drain in sets / watermill default"},
		{1, sqldb.MySQL, inSetsName, queueName, 1.3, "drain in sets / watermill queue"},
		{1, sqldb.MySQL, inSetsName, defaultSpreadName, 0, "drain in sets / watermill default, 8 topics"},
		{1, sqldb.MySQL, inSetsName, queueSpreadName, 0, "drain in sets / watermill queue, 8 topics"},
		{2, sqldb.MySQL, oneByOneName, defaultOneName, 1.2, "a transaction per event / watermill default, batch of 1"},
		{2, sqldb.MySQL, oneByOneName, defaultOneSpreadName, 0, "a transaction per event / watermill default, batch of 1, 8 topics"},
		{3, sqldb.SQLite, idleSetsName, riverName, 5, "idle drain in sets / river"},
		{3, sqldb.SQLite, idleOneName, riverName, 0, "idle drain one by one / river"},
		{5, sqldb.MySQL, withName, withoutName, 0.75, "business transaction with an event / without"},
		{5, sqldb.SQLite, withName, withoutName, 0.75, "business transaction with an event / without"},
		{5, sqldb.MySQL, barestEventName, barestName, 0, "a single UPDATE with an event / without"},
		{5, sqldb.SQLite, barestEventName, barestName, 0, "a single UPDATE with an event / without"},
		{6, sqldb.MySQL, backlogName, emptyName, 0.9, "big backlog / empty tables"},
		{6, sqldb.SQLite, backlogName, emptyName, 0.9, "big backlog / empty tables"},
	}
}

func (s share) goal(got float64) goal {
	g := goal{engine: s.engine, name: s.name, want: fmt.Sprintf(">= %.2f", s.least), got: fmt.Sprintf("%.2f", got), met: got >= s.least}
	if s.least == 0 {
		g.want, g.told = "", true
	}
	return g
}

// goals are those whose figures were taken.
func (r report) goals() []goal {
	var goals []goal
	for _, s := range shares() {
		over, of := r.find(s.row, s.engine, s.over), r.find(s.row, s.engine, s.of)
		if over == nil || of == nil {
			continue
		}
		goals = append(goals, s.goal(over.rate()/of.rate()))
	}
	for _, engine := range []sqldb.Engine{sqldb.MySQL, sqldb.SQLite} {
		if x := r.find(4, engine, latencyName); x != nil {
			goals = append(goals, goal{
				engine: engine, name: "commit to effect at 50/s, p50", want: "<= " + short(mostLatency), got: short(x.p50()),
				met: x.p50() <= mostLatency,
			})
		}
		big, empty := r.find(6, engine, backlogName), r.find(6, engine, emptyName)
		if big != nil && empty != nil {
			goals = append(goals, goal{
				engine: engine, name: "live heap with the big backlog", want: "<= " + megabytes(empty.heap()+mostGrowth),
				got: megabytes(big.heap()), met: big.heap() <= empty.heap()+mostGrowth,
			})
		}
	}
	return goals
}

func (r report) find(row int, engine sqldb.Engine, name string) *result {
	i := slices.IndexFunc(r.Results, func(x result) bool { return x.Row == row && x.Engine == engine && x.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Results[i]
}
