package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// packageLine is what a package gets when all is well.
func packageLine(e event, sum totals, cached bool) string {
	word := map[string]string{"pass": "ok  ", "fail": "FAIL", "skip": "ok  "}[e.Action]
	line := fmt.Sprintf("%s  %s  %.1fs  %s", word, e.Package, e.Elapsed, sum)
	if e.FailedBuild != "" {
		line += "  (does not build)"
	}
	if cached {
		line += "  (cached)"
	}
	return line
}

func (p *packageRun) cached() bool {
	return slices.ContainsFunc(p.output, func(line string) bool { return strings.Contains(line, "\t(cached)") })
}

func (s totals) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", s.passed, s.failed, s.skipped)
}

// printFailures prints all that failed tests wrote, and what stands outside any test: a panic's stack
// or a data race may be there.
func (p *packageRun) printFailures(out io.Writer) {
	for _, name := range p.names {
		t := p.tests[name]
		if t.status == "pass" || t.status == "skip" {
			continue
		}
		for _, line := range t.output {
			if !isFrame(line) {
				fmt.Fprint(out, line)
			}
		}
		if t.status == "" {
			fmt.Fprintf(out, "--- DID NOT END: %s\n", name)
		}
	}
	for _, line := range p.output {
		if line != "FAIL\n" && !strings.HasPrefix(line, "FAIL\t") {
			fmt.Fprint(out, line)
		}
	}
}

// isFrame knows the lines that go test adds to follow parallel tests.
func isFrame(line string) bool {
	for _, prefix := range []string{"=== RUN ", "=== PAUSE ", "=== CONT ", "=== NAME "} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}

// collectReasons counts why tests were skipped. The reason is what they wrote, less file and line.
func (p *packageRun) collectReasons(into map[string]int) {
	for _, name := range p.names {
		t := p.tests[name]
		if t.status != "skip" {
			continue
		}
		reason := "no reason given"
		for _, line := range t.output {
			if _, text, found := strings.Cut(line, ".go:"); found {
				_, reason, _ = strings.Cut(strings.TrimSpace(text), ": ")
			}
		}
		into[reason]++
	}
}

func (r *report) totals() totals { return r.sum }

// finish prints the end of the run. A missing half is said in the very last line, so that nobody
// takes half a run for a whole one.
func (r *report) finish(half mysqlHalf, seen *observation) {
	fmt.Fprintln(r.out)
	for _, reason := range slices.Sorted(maps.Keys(r.reasons)) {
		fmt.Fprintf(r.out, "skipped %d: %s\n", r.reasons[reason], reason)
	}
	seen.print(r.out)
	if half.missing != "" {
		fmt.Fprintf(r.out, "%s\nMySQL half: DID NOT RUN (%s)\n", r.sum, half.missing)
		return
	}
	fmt.Fprintf(r.out, "MySQL half: ran on %s (%d tests)\n%s\n", half.version, r.sum.mysql, r.sum)
}
