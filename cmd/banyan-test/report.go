package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// event is a line of go test -json; see `go doc test2json`.
type event struct {
	Action      string
	Package     string
	ImportPath  string // of a build
	Test        string
	Elapsed     float64 // seconds
	Output      string
	FailedBuild string
}

// result of one test or subtest. A test that ended the process has none and counts as failed.
type result struct {
	status   string // pass, fail, skip, or empty while it runs
	output   []string
	children int
	failures int // of its children
}

// packageRun is one package's tests in order of their start.
type packageRun struct {
	names  []string
	tests  map[string]*result
	output []string // outside any test
}

// totals of a run. Leaves of the tree of tests are counted, and a test with subtests only if it
// failed by itself; a package that failed without a failed test (it does not build, its TestMain
// fails) counts as one.
type totals struct {
	passed, failed, skipped int
	mysql                   int // tests that ran on MySQL: a part of their name says so
}

// report turns the events into lines for people.
type report struct {
	out      io.Writer
	verbose  bool
	packages map[string]*packageRun
	sum      totals
	reasons  map[string]int // of skipped tests
}

func newReport(out io.Writer, verbose bool) *report {
	return &report{out: out, verbose: verbose, packages: map[string]*packageRun{}, reasons: map[string]int{}}
}

// read consumes go test's output until its end. Lines that are no events (of go itself) are passed on.
func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			r.line(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the output of go test: %w", err)
		}
	}
}

func (r *report) line(line []byte) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil || e.Action == "" {
		fmt.Fprintf(r.out, "%s", line)
		return
	}
	if e.Package == "" {
		fmt.Fprint(r.out, e.Output) // of the compiler; ImportPath is its only address
		return
	}
	p := r.of(e.Package)
	if e.Test == "" {
		r.packageEvent(p, e)
		return
	}
	p.testEvent(e)
	if r.verbose && e.Action == "output" {
		fmt.Fprint(r.out, e.Output)
	}
}

func (r *report) of(name string) *packageRun {
	p := r.packages[name]
	if p == nil {
		p = &packageRun{tests: map[string]*result{}}
		r.packages[name] = p
	}
	return p
}

func (p *packageRun) testEvent(e event) {
	t := p.tests[e.Test]
	if t == nil {
		t = &result{}
		p.tests[e.Test] = t
		p.names = append(p.names, e.Test)
		if parent := p.parent(e.Test); parent != nil {
			parent.children++
		}
	}
	switch e.Action {
	case "output":
		t.output = append(t.output, e.Output)
	case "pass", "fail", "skip":
		if t.status != "fail" { // with -count=N a test ends N times, and one failure is enough
			t.status = e.Action
		}
	}
}

// parent is the test that a subtest belongs to. The name of a subtest may itself contain slashes.
func (p *packageRun) parent(name string) *result {
	for {
		cut := strings.LastIndex(name, "/")
		if cut < 0 {
			return nil
		}
		name = name[:cut]
		if t := p.tests[name]; t != nil {
			return t
		}
	}
}

func (r *report) packageEvent(p *packageRun, e event) {
	switch e.Action {
	case "output":
		p.output = append(p.output, e.Output)
		if r.verbose {
			fmt.Fprint(r.out, e.Output)
		}
	case "pass", "fail", "skip":
		r.endPackage(p, e)
	}
}

func (r *report) endPackage(p *packageRun, e event) {
	sum := p.count()
	if e.Action == "fail" && sum.failed == 0 {
		sum.failed = 1
	}
	r.add(sum)
	p.collectReasons(r.reasons)
	if len(p.names) == 0 && e.Action != "fail" {
		return // no test files, or none that match
	}
	if e.Action == "fail" && !r.verbose {
		p.printFailures(r.out)
	}
	fmt.Fprintln(r.out, packageLine(e, sum, p.cached()))
	p.tests, p.output = nil, nil // thousands of tests' output need not stay in memory
}

func (r *report) add(sum totals) {
	r.sum.passed += sum.passed
	r.sum.failed += sum.failed
	r.sum.skipped += sum.skipped
	r.sum.mysql += sum.mysql
}

// count sees children before their parents, because a parent starts first.
func (p *packageRun) count() totals {
	var sum totals
	for _, name := range slices.Backward(p.names) {
		t := p.tests[name]
		failed := t.status == "fail" || t.status == ""
		if failed || t.failures > 0 {
			if parent := p.parent(name); parent != nil {
				parent.failures++
			}
		}
		if t.children > 0 && (!failed || t.failures > 0) {
			continue
		}
		sum.one(t.status, onMySQL(name))
	}
	return sum
}

func (s *totals) one(status string, mysql bool) {
	switch status {
	case "pass":
		s.passed++
	case "skip":
		s.skipped++
		return
	default:
		s.failed++
	}
	if mysql {
		s.mysql++
	}
}

// onMySQL knows the subtests that package dbtest makes.
func onMySQL(name string) bool {
	return slices.Contains(strings.Split(name, "/"), "mysql")
}
