package path

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// Cost is what a part of the path takes.
type Cost struct {
	Statements int `json:"statements"` // BEGIN and COMMIT apart
	Commits    int `json:"commits"`
}

// Placing is what the path takes until the order exists and is answered: up to the first event.
func (p *Path) Placing() Cost { return cost(p.Units[:p.placed()]) }

// Settled is what the whole path takes.
func (p *Path) Settled() Cost { return cost(p.Units) }

func (p *Path) placed() int {
	first := slices.IndexFunc(p.Units, func(u Unit) bool {
		return slices.ContainsFunc(u.Statements, func(s Statement) bool {
			return strings.HasPrefix(strings.TrimSpace(s.Query), "INSERT INTO bus_outbox")
		})
	})
	return first + 1
}

func cost(units []Unit) Cost {
	var c Cost
	for _, u := range units {
		c.Statements += len(u.Statements)
		if u.Tx {
			c.Commits++
		}
	}
	return c
}

// WriteLedger writes the path as a table in Markdown, and after it what else the shop sent meanwhile.
func (p *Path) WriteLedger(w io.Writer, other []Unit) {
	fmt.Fprint(w, "| # | module | transaction | statement | rows |\n|--:|---|---|---|--:|\n")
	n, placed := 0, p.placed()
	for i, u := range p.Units {
		for j, s := range u.Statements {
			n++
			label := ""
			if j == 0 {
				label = transaction(u, i < placed)
			}
			fmt.Fprintf(w, "| %d | %s | %s | `%s` | %d |\n", n, u.Module, label, abbreviated(s.Query), s.Rows)
		}
	}
	placing, settled := p.Placing(), p.Settled()
	fmt.Fprintf(w, "\nPlacing: %d statements, %d commits. Placed and settled: %d statements, %d commits.\n",
		placing.Statements, placing.Commits, settled.Statements, settled.Commits)
	writeOther(w, other)
}

func transaction(u Unit, placing bool) string {
	switch {
	case !u.Tx:
		return "none (read)"
	case placing:
		return "placing"
	}
	return "settling"
}

// writeOther counts what is no order's own, by module and statement.
func writeOther(w io.Writer, other []Unit) {
	counts := map[string]int{}
	for _, u := range other {
		for _, s := range u.Statements {
			counts["| "+u.Module+" | `"+abbreviated(s.Query)+"` |"]++
		}
	}
	var lines []string
	for line, n := range counts {
		lines = append(lines, fmt.Sprintf("%s %d |", line, n))
	}
	slices.Sort(lines)
	fmt.Fprint(w, "\nShared by all orders that are under way (counted here around one order alone):\n\n"+
		"| module | statement | times |\n|---|---|--:|\n")
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
}

const longest = 150 // characters of a statement in the ledger

// abbreviated is a statement on one line, without the columns and values of an INSERT or a SELECT and
// with every list of placeholders as one.
func abbreviated(query string) string {
	text := oneLine(query)
	for _, r := range []struct{ from, to string }{
		{`^(INSERT INTO \w+) ?\([^)]*\)`, "$1 (…)"},
		{`\(\?(, ?\?)*\)(, ?\(\?(, ?\?)*\))*`, "(?…)"},
		{`( WHEN \? THEN \?)+`, " WHEN ? THEN ? …"},
		{`^SELECT .{40,}? FROM`, "SELECT … FROM"},
	} {
		text = regexp.MustCompile(r.from).ReplaceAllString(text, r.to)
	}
	short := []rune(text)
	if len(short) > longest {
		short = append(short[:longest-1], '…')
	}
	return strings.ReplaceAll(string(short), "|", "\\|")
}
