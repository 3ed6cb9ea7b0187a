package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/directory"
)

// showModules is an overview.
func (m *modules) showModules(d directory.Document) error {
	rows := make([]string, len(d.Modules))
	for i, of := range d.Modules {
		rows[i] = columns(of.Name, len(of.Methods), orDash(of.Calls), len(of.Publishes), len(of.Listens), len(of.Routes), len(of.Tables),
			of.Lines.Go, of.Lines.Tests, of.Lines.SQL, of.Owner)
	}
	if err := m.table("MODULE\tMETHODS\tCALLS\tSTATES\tHEARS\tROUTES\tTABLES\tGO\tTESTS\tSQL\tOWNER", rows); err != nil {
		return err
	}
	fmt.Fprintln(m.stdout)
	if err := m.table("EDGE\tWHAT", edges(d)); err != nil {
		return err
	}
	fmt.Fprint(m.stdout, "\n`banyan modules NAME` shows one, --mermaid draws, --live asks the running server.\n")
	return nil
}

// edges are who calls whom and who tells whom what.
func edges(d directory.Document) []string {
	var rows []string
	for _, from := range d.Modules {
		for _, to := range from.Calls {
			rows = append(rows, columns(from.Name+" -> "+to, "(calls)"))
		}
	}
	for _, to := range d.Modules {
		for _, from := range d.Names() {
			if events := heardFrom(to, from); len(events) > 0 {
				rows = append(rows, columns(from+" ~> "+to.Name, strings.Join(events, " ")))
			}
		}
	}
	return rows
}

// heardFrom are the events that a module hears from another one, without its name before them.
func heardFrom(m directory.Module, publisher string) []string {
	var events []string
	for _, e := range m.Listens {
		if e.From == publisher {
			events = append(events, strings.TrimPrefix(e.Event, publisher+"."))
		}
	}
	return events
}

// showModule is one module in full, with its figures if it has some.
func (m *modules) showModule(of directory.Module) error {
	fmt.Fprintf(m.stdout, "%s: %s\n", of.Name, of.Summary)
	rates := directory.Rates{}
	if of.Live != nil && of.Live.Rates != nil {
		rates = *of.Live.Rates
	}
	rows := []string{
		columns("owner", of.Owner),
		columns("size", fmt.Sprintf("about %d lines of Go, %d of tests, %d of SQL", of.Lines.Go, of.Lines.Tests, of.Lines.SQL)),
		columns("calls", orDash(of.Calls)),
		columns("called by", orDash(of.CalledBy)),
		columns("aggregate", of.Aggregate),
	}
	if of.Live != nil {
		rows = append(rows, liveRows(of)...)
	}
	if err := m.table("", rows); err != nil {
		return err
	}
	return m.sections(
		section{"offers", methodRows(of)},
		section{"calls", callRows(rates)},
		section{"states", publishedRows(of, rates)},
		section{"hears", takenRows(of, rates)},
		section{"routes", requestRows(of, rates)},
		section{"tables", tableRows(of)},
	)
}

// section is a list below a heading.
type section struct {
	title string
	rows  []string
}

// sections prints those that have something in them.
func (m *modules) sections(all ...section) error {
	for _, s := range all {
		if len(s.rows) == 0 {
			continue
		}
		fmt.Fprintln(m.stdout)
		if err := m.table(s.title, filled(s.rows)); err != nil {
			return err
		}
	}
	return nil
}

// filled leaves out the last columns that no row has anything in.
func filled(rows []string) []string {
	for !slices.ContainsFunc(rows, func(row string) bool { return !strings.HasSuffix(row, "\t") }) {
		for i, row := range rows {
			rows[i] = strings.TrimSuffix(row, "\t")
		}
	}
	return rows
}

// methodRows are the signatures of the contract, each with its comment.
func methodRows(of directory.Module) []string {
	var rows []string
	for _, method := range of.Methods {
		rows = append(rows, columns("  "+method.Interface+"."+method.Signature))
		for line := range strings.Lines(method.Doc) {
			rows = append(rows, columns("    "+strings.TrimSpace(line)))
		}
	}
	return rows
}

func orDash(of []string) string {
	if len(of) == 0 {
		return "-"
	}
	return strings.Join(of, ", ")
}
