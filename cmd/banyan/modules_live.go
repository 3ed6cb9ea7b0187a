package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/directory"
)

// showLive is an overview of what the running server measures.
func (m *modules) showLive(d directory.Document) error {
	rows := make([]string, len(d.Modules))
	for i, of := range d.Modules {
		rows[i] = overviewOf(of)
	}
	if err := m.table("MODULE\tREQUESTS/S\tFAILED/S\tCALLS/S\tSTATED/S\tTAKEN/S\tPENDING\tHELD\tSTATEMENTS/S\tCOMMITS/S\tPOOL\tROWS\tSIZE\t", rows); err != nil {
		return err
	}
	fmt.Fprintln(m.stdout)
	if moving := liveEdges(d); len(moving) > 0 {
		if err := m.table("EDGE\tWHAT\t/S\tFAILED OR HELD/S", moving); err != nil {
			return err
		}
		fmt.Fprintln(m.stdout)
	}
	fmt.Fprintln(m.stdout, period(d))
	return nil
}

// period says how long the rates were measured for.
func period(d directory.Document) string {
	for _, m := range d.Modules {
		if m.Live != nil && m.Live.Rates != nil {
			return fmt.Sprintf("Rates of the last %.0f s, of the one process that was asked; -: never since it began.", m.Live.Rates.Seconds)
		}
	}
	return "The server has just begun: it has no rates yet."
}

func overviewOf(m directory.Module) string {
	l := m.Live
	if l == nil {
		return columns(m.Name, "not measured")
	}
	requests, failed, calls, stated, taken, statements, commits := "-", "-", "-", "-", "-", "-", "-"
	if r := l.Rates; r != nil {
		requests = total(r.Requests, func(r directory.RequestRate) float64 { return r.Rate })
		failed = total(r.Requests, func(r directory.RequestRate) float64 { return r.Failed })
		calls = total(r.Calls, func(r directory.CallRate) float64 { return r.Rate })
		stated = total(r.Publishes, func(r directory.PublishedRate) float64 { return r.Rate })
		taken = total(r.Takes, func(r directory.TakenRate) float64 { return r.Rate })
		statements, commits = perSecond(r.Statements), perSecond(r.Commits)
	}
	pending, rows, size := "-", "-", "-"
	if s := l.Schema; s != nil {
		pending, rows, size = fmt.Sprint(s.Pending), rowsOf(*s), sizeOf(s.Bytes)
	}
	return columns(m.Name, requests, failed, calls, stated, taken, pending, heldNow(l), statements, commits,
		fmt.Sprintf("%d of %d", l.Pool.InUse, l.Pool.Size), rows, size, note(l.Unreachable))
}

// total adds rates up; "-" if there are none.
func total[T any](of []T, each func(T) float64) string {
	if len(of) == 0 {
		return "-"
	}
	sum := 0.0
	for _, r := range of {
		sum += each(r)
	}
	return perSecond(sum)
}

func perSecond(rate float64) string {
	if rate > 0 && rate < 10 {
		return fmt.Sprintf("%.2f", rate)
	}
	return fmt.Sprintf("%.0f", rate)
}

func heldNow(l *directory.Live) int64 {
	var n int64
	for _, of := range l.Held {
		n += of
	}
	return n
}

// rowsOf adds up the rows of the module's tables.
func rowsOf(s directory.Schema) string {
	var all directory.TableSize
	for _, t := range s.Tables {
		all.Rows += t.Rows
		all.AtLeast = all.AtLeast || t.AtLeast
		all.Estimated = all.Estimated || t.Estimated
	}
	return rowCount(all)
}

func rowCount(t directory.TableSize) string {
	switch {
	case t.AtLeast:
		return fmt.Sprintf(">%d", t.Rows)
	case t.Estimated:
		return fmt.Sprintf("~%d", t.Rows)
	}
	return fmt.Sprint(t.Rows)
}

func sizeOf(bytes int64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
}

// liveEdges are the calls and then the events that were counted, as edges lists them.
func liveEdges(d directory.Document) []string {
	var called, heard []string
	for _, m := range d.Modules {
		if m.Live == nil || m.Live.Rates == nil {
			continue
		}
		for _, c := range m.Live.Rates.Calls {
			called = append(called, columns(m.Name+" -> "+c.To, c.Method, perSecond(c.Rate), perSecond(c.Failed)))
		}
		for _, t := range m.Live.Rates.Takes {
			heard = append(heard, columns(t.From+" ~> "+m.Name, t.Event, perSecond(t.Rate), perSecond(t.Held)))
		}
	}
	return append(called, heard...)
}

// liveRows are the figures of one module that belong to no list.
func liveRows(m directory.Module) []string {
	l := m.Live
	rows := []string{
		columns("held", states(l.Held, "retry", "behind", "dead")),
		columns("pool", fmt.Sprintf("%d of %d in use", l.Pool.InUse, l.Pool.Size)),
	}
	if s := l.Schema; s != nil {
		rows = append(rows, columns("pending", fmt.Sprintf("%d events", s.Pending)),
			columns("tasks", states(s.Tasks, "due", "running", "dead", "cancelled")), columns("data", sizeOf(s.Bytes)))
	} else {
		rows = append(rows, columns("data", note(true)))
	}
	if l.Rates == nil {
		return append(rows, columns("rates", "none yet: the server has just begun"))
	}
	return append(rows, columns("SQL", fmt.Sprintf("%s statements/s, %s commits/s", perSecond(l.Rates.Statements), perSecond(l.Rates.Commits))),
		columns("rates", fmt.Sprintf("per second, of the last %.0f s", l.Rates.Seconds)))
}

func states(counts map[string]int64, order ...string) string {
	var parts []string
	for _, state := range order {
		if n := counts[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	return orDash(parts)
}

func callRows(r directory.Rates) []string {
	var rows []string
	for _, c := range r.Calls {
		rows = append(rows, columns("  "+c.To+"."+c.Method, perSecond(c.Rate)+"/s", trouble(c.Failed, "failed")))
	}
	return rows
}

func publishedRows(m directory.Module, r directory.Rates) []string {
	var rows []string
	for _, e := range m.Publishes {
		now := ""
		if i := slices.IndexFunc(r.Publishes, func(p directory.PublishedRate) bool { return p.Event == e.Event }); i >= 0 {
			now = perSecond(r.Publishes[i].Rate) + "/s"
		}
		rows = append(rows, columns("  "+e.Event, e.Version(), "heard by "+orNobody(e.HeardBy), now))
	}
	return rows
}

func orNobody(modules []string) string {
	if len(modules) == 0 {
		return "nobody"
	}
	return strings.Join(modules, ", ")
}

func takenRows(m directory.Module, r directory.Rates) []string {
	var rows []string
	for _, e := range m.Listens {
		now, held := "", ""
		if i := slices.IndexFunc(r.Takes, func(t directory.TakenRate) bool { return t.Event == e.Event }); i >= 0 {
			now, held = perSecond(r.Takes[i].Rate)+"/s", trouble(r.Takes[i].Held, "held")
		}
		rows = append(rows, columns("  "+e.Event, "from "+e.From, now, held))
	}
	return rows
}

func requestRows(m directory.Module, r directory.Rates) []string {
	var rows []string
	for _, route := range m.Routes {
		now, refused, failed := "", "", ""
		if i := slices.IndexFunc(r.Requests, func(q directory.RequestRate) bool { return q.Route == route }); i >= 0 {
			q := r.Requests[i]
			now, refused, failed = perSecond(q.Rate)+"/s", trouble(q.Refused, "refused"), trouble(q.Failed, "failed")
		}
		rows = append(rows, columns("  "+route, now, refused, failed))
	}
	return rows
}

func trouble(rate float64, what string) string {
	if rate == 0 {
		return ""
	}
	return perSecond(rate) + "/s " + what
}

func tableRows(m directory.Module) []string {
	var rows []string
	for _, name := range m.Tables {
		count, size := "", ""
		if m.Live != nil && m.Live.Schema != nil {
			if i := slices.IndexFunc(m.Live.Schema.Tables, func(t directory.TableSize) bool { return t.Name == name }); i >= 0 {
				count = rowCount(m.Live.Schema.Tables[i]) + " rows"
				if bytes := m.Live.Schema.Tables[i].Bytes; bytes != nil {
					size = sizeOf(*bytes)
				}
			}
		}
		rows = append(rows, columns("  "+name, count, size))
	}
	return rows
}
