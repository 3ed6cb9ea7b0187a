package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/cmd/internal/calibrate"
	"github.com/banyan-commerce/banyan/platform/directory/readiness"
)

// showReadiness asks the running server whether a module can be taken out, and what that costs.
func (m *modules) showReadiness(ctx context.Context, name string) error {
	if err := requireModule(name); err != nil {
		return err
	}
	c, err := m.config()
	if err != nil {
		return err
	}
	answer, err := askRunning(ctx, c, readiness.Route(url.PathEscape(name)))
	if err != nil {
		return err
	}
	var r readiness.Report
	if err := json.Unmarshal(answer, &r); err != nil {
		return err
	}
	if m.calibrate {
		costs, err := calibrated(ctx, c.BrokerStore)
		if err != nil {
			return err
		}
		r = r.Predict(costs)
	}
	if m.json {
		return m.print(r)
	}
	return readinessText{m.stdout, m.operator}.show(r)
}

func requireModule(name string) error {
	d, err := assembly.Directory()
	if err != nil {
		return err
	}
	if _, known := d.Find(name); !known {
		return unknownModule(name, d.Names())
	}
	return nil
}

// unknownModule guesses which one was meant: the one that has the longest beginning in common.
func unknownModule(name string, names []string) error {
	common := func(other string) int {
		n := 0
		for n < min(len(name), len(other)) && name[n] == other[n] {
			n++
		}
		return n
	}
	meant := slices.MaxFunc(names, func(a, b string) int { return cmp.Compare(common(a), common(b)) })
	if common(meant) < 2 {
		return fmt.Errorf("there is no module %q; there are %s", name, strings.Join(names, ", "))
	}
	return fmt.Errorf("there is no module %q; did you mean %s? There are %s", name, meant, strings.Join(names, ", "))
}

// calibrated measures in the folder in which a broker would keep events, or what there is of the way to it: its
// disk counts, and temporary files are often on none.
func calibrated(ctx context.Context, store string) (_ readiness.Costs, err error) {
	beside := filepath.Clean(store)
	for _, err := os.Stat(beside); errors.Is(err, fs.ErrNotExist); _, err = os.Stat(beside) {
		beside = filepath.Dir(beside)
	}
	folder, err := os.MkdirTemp(beside, "calibration-")
	if err != nil {
		return readiness.Costs{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	return calibrate.Costs(ctx, folder, time.Now) //nolint:forbidigo // a command chooses its clock
}

// readinessText is a report for people.
type readinessText struct {
	out io.Writer
	operator
}

func (t readinessText) show(r readiness.Report) error {
	if err := t.table("STAGE\tVERDICT\tBECAUSE OF", verdictRows(r)); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "\n%s\n", observedText(r))
	for _, part := range []struct {
		head string
		rows []string
	}{
		{"CALL\tPER ORDER\tFAILED\tREPEATED\tREQUEST\tANSWER\tNOW p50, p99\tAFTER p50, p99", callCosts(r)},
		{"EVENT\tPER ORDER\tBYTES\tNOW p50, p99\tAFTER p50, p99", eventCosts(r)},
		{"WAIT OF A CUSTOMER\tNOW p50, p99\tAFTER p50, p99\tCROSSES", journeyRows(r)},
		{"TABLE\tROWS\tSIZE", sizeRows(r)},
		{"EDGE\tWHAT", edgeRows(r)},
	} {
		if len(part.rows) == 0 {
			continue
		}
		fmt.Fprintln(t.out)
		if err := t.table(part.head, part.rows); err != nil {
			return err
		}
	}
	t.showDecisions(r)
	if !r.Observed.Nothing {
		t.showCosts(r.Costs)
	}
	return nil
}

func verdictRows(r readiness.Report) []string {
	var rows []string
	for _, v := range r.Verdicts {
		rows = append(rows, columns(fmt.Sprintf("%d %s", v.Stage, v.Name), v.Verdict, orDash(v.Because)))
	}
	return rows
}

func observedText(r readiness.Report) string {
	o := r.Observed
	since := fmt.Sprintf("since %s (%s), by the process that hosts %s",
		o.Since.UTC().Format("2006-01-02 15:04:05 UTC"), (time.Duration(o.Seconds) * time.Second).String(), strings.Join(o.Hosts, ", "))
	if o.Nothing {
		return fmt.Sprintf("Nothing was observed of %s %s: no call and no event. What it costs to take it out can't be told.", r.Module, since)
	}
	return fmt.Sprintf("Observed %s: %d orders (%s).", since, o.Orders, o.Unit)
}

func callCosts(r readiness.Report) []string {
	var rows []string
	for _, c := range r.Calls {
		request, answer := "-", "-"
		if c.Bytes != nil {
			request, answer = bytesText(&c.Bytes.Request), bytesText(&c.Bytes.Answer)
		}
		rows = append(rows, columns(c, perOrder(c.PerOrder, c.Count), c.Failed, c.Repeated, request, answer, timesText(c.Now), timesText(c.After)))
	}
	return rows
}

func eventCosts(r readiness.Report) []string {
	var rows []string
	for _, e := range r.Events {
		rows = append(rows, columns(e, perOrder(e.PerOrder, e.Count), bytesText(e.Bytes), timesText(e.Now), timesText(e.After)))
	}
	return rows
}

func journeyRows(r readiness.Report) []string {
	if r.Journey == nil {
		return nil
	}
	return []string{columns(r.Journey.Name, timesText(r.Journey.Now), timesText(r.Journey.After), orDash(r.Journey.Crosses))}
}

// perOrder is the number alone where no order was seen.
func perOrder(each *float64, count int64) string {
	if each == nil {
		return fmt.Sprintf("(%d)", count)
	}
	return fmt.Sprintf("%.2f", *each)
}

func bytesText(n *float64) string {
	if n == nil || *n == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f B", *n)
}

func timesText(t *readiness.Times) string {
	if t == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f, %.2f ms", t.P50, t.P99)
}

func sizeRows(r readiness.Report) []string {
	if r.Data == nil || r.Data.Unreachable {
		return nil
	}
	var rows []string
	for _, t := range r.Data.Tables {
		size := "-"
		if t.Bytes != nil {
			size = sizeOf(*t.Bytes)
		}
		rows = append(rows, columns(t.Name, rowCount(t), size))
	}
	return append(rows, columns("(all, "+r.Data.Engine+")", "", sizeOf(r.Data.Bytes)))
}

func edgeRows(r readiness.Report) []string {
	var rows []string
	for _, e := range r.Edges {
		rows = append(rows, columns(e.Kind, e.What))
	}
	return rows
}

func (t readinessText) showDecisions(r readiness.Report) {
	if len(r.Decisions) > 0 {
		fmt.Fprintln(t.out)
	}
	for _, d := range r.Decisions {
		var stages []string
		for _, s := range d.Stages {
			stages = append(stages, fmt.Sprint(s))
		}
		fmt.Fprintf(t.out, "%s (stage %s): %s: %s\n", d.Weight, strings.Join(stages, ", "), columns(d.Title), columns(d.What))
	}
}

func (t readinessText) showCosts(c readiness.Costs) {
	fmt.Fprintf(t.out, "\nAFTER is predicted with the module in a process of its own on the same machine: a call is taken to cost %.2f ms (p99 %.2f)\n"+
		"and %.3f ms for each KiB besides, an event %.2f ms (p99 %.2f). Medians add up; distances from p50 to p99 as the root of their squares.\n"+
		"Measured on %s. --calibrate measures here.\n", c.Call.P50, c.Call.P99, c.KiB, c.Event.P50, c.Event.P99, c.Of)
}
