package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// report is a whole run.
type report struct {
	Date     time.Time `json:"date"`
	Machine  machine   `json:"machine"`
	Options  string    `json:"options"`
	Settings []string  `json:"settings"`
	Results  []result  `json:"results"`
}

// result is one contender's readings.
type result struct {
	Row    int          `json:"row"`
	Engine sqldb.Engine `json:"engine"`
	Name   string       `json:"name"`
	Rounds []reading    `json:"rounds"`
}

func (o options) describe() string {
	return fmt.Sprintf("%d events a drain, medians of %d rounds, phases of %s, %d clients, backlog of %d", o.events, o.rounds, o.length, o.clients, o.backlog)
}

func (r *report) add(t trial, x reading) {
	i := slices.IndexFunc(r.Results, func(x result) bool { return x.Row == t.row && x.Engine == t.engine && x.Name == t.name })
	if i < 0 {
		r.Results = append(r.Results, result{Row: t.row, Engine: t.engine, Name: t.name})
		i = len(r.Results) - 1
	}
	r.Results[i].Rounds = append(r.Results[i].Rounds, x)
}

func (x result) median(figure func(reading) float64) float64 {
	values := make([]float64, len(x.Rounds))
	for i, round := range x.Rounds {
		values[i] = figure(round)
	}
	return median(values)
}

func (x result) rate() float64 { return x.median(func(y reading) float64 { return y.Rate }) }

func (x result) p50() time.Duration {
	return time.Duration(x.median(func(y reading) float64 { return float64(y.P50) }))
}

func (x result) p99() time.Duration {
	return time.Duration(x.median(func(y reading) float64 { return float64(y.P99) }))
}

func (x result) self() time.Duration {
	return time.Duration(x.median(func(y reading) float64 { return float64(y.Spent.Self) }))
}

func (x result) server() time.Duration {
	return time.Duration(x.median(func(y reading) float64 { return float64(y.Spent.Server) }))
}

func (x result) heap() (most int64) {
	for _, round := range x.Rounds {
		most = max(most, round.Spent.Heap)
	}
	return most
}

func (x result) memory() (most int64) {
	for _, round := range x.Rounds {
		most = max(most, round.Spent.Memory)
	}
	return most
}

func (x result) audit() (sum audit) {
	for _, round := range x.Rounds {
		sum = sum.plus(round.Audit)
	}
	return sum
}

// disordered is "-" for River, which promises no order.
func (x result) disordered() string {
	if x.Name == riverName {
		return "-"
	}
	return fmt.Sprint(x.audit().Disordered)
}

var errBroken = errors.New("events were lost, doubled or out of order")

// verdict holds Banyan to its promise, and with strict to its goals.
func (r report) verdict(strict bool) error {
	for _, x := range r.Results {
		if strings.HasPrefix(x.Name, "banyan") && x.audit() != (audit{}) {
			return fmt.Errorf("row %d, %s, %s: %w: %s", x.Row, x.Engine, x.Name, errBroken, x.audit())
		}
	}
	if strict && slices.ContainsFunc(r.goals(), func(g goal) bool { return !g.met }) {
		return errMissed
	}
	return nil
}

func (r report) write(out io.Writer) {
	fmt.Fprintf(out, "\n%s, %s, %d cores, %s, %s; %s\n", r.Date.Format(time.RFC3339), r.Machine.CPU, r.Machine.Cores,
		r.Machine.OS, r.Machine.Go, strings.Join(r.Machine.Modules, ", "))
	fmt.Fprintln(out, r.Options)
	for _, line := range r.Settings {
		fmt.Fprintln(out, line)
	}
	fmt.Fprintln(out)
	r.writeTable(out)
	fmt.Fprintln(out)
	for _, g := range r.goals() {
		fmt.Fprintln(out, g)
	}
}

func (r report) writeTable(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "| row\t| engine\t| contender\t| median\t| least to most\t| CPU an event: bench + server\t| most heap, memory\t| lost, doubled, disordered\t|")
	fmt.Fprintln(w, "|--:\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|")
	results := slices.Clone(r.Results)
	slices.SortStableFunc(results, func(a, b result) int { return a.Row - b.Row })
	for _, x := range results {
		a := x.audit()
		fmt.Fprintf(w, "| %d\t| %s\t| %s\t| %s\t| %s\t| %s + %s\t| %s, %s\t| %d, %d, %s\t|\n", x.Row, x.Engine, x.Name, x.figure(), x.spread(),
			short(x.self()), short(x.server()), megabytes(x.heap()), megabytes(x.memory()), a.Lost, a.Doubled, x.disordered())
	}
	_ = w.Flush() // printing to a terminal
}

// String is a round's figure.
func (x reading) String() string {
	if x.Rate > 0 {
		return fmt.Sprintf("%.0f/s", x.Rate)
	}
	return fmt.Sprintf("p50 %s, p99 %s", short(x.P50), short(x.P99))
}

func (x result) figure() string { return reading{Rate: x.rate(), P50: x.p50(), P99: x.p99()}.String() }

func (x result) spread() string {
	figure, show := func(y reading) float64 { return y.Rate }, func(f float64) string { return fmt.Sprintf("%.0f", f) }
	if x.rate() == 0 {
		figure, show = func(y reading) float64 { return float64(y.P50) }, func(f float64) string { return short(time.Duration(f)) }
	}
	var all []float64
	for _, round := range x.Rounds {
		all = append(all, figure(round))
	}
	return show(slices.Min(all)) + " to " + show(slices.Max(all))
}

// short is a duration with three digits.
func short(d time.Duration) string {
	if d < time.Millisecond {
		return fmt.Sprintf("%d µs", d.Microseconds())
	}
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case ms >= 100:
		return fmt.Sprintf("%.0f ms", ms)
	case ms >= 10:
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.2f ms", ms)
}

func megabytes(bytes int64) string {
	if bytes == 0 {
		return "unknown"
	}
	return fmt.Sprintf("%.0f MB", float64(bytes)/(1<<20))
}
