package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest"
	"github.com/banyan-commerce/banyan/platform/dbtest/observed"
)

// observation is what a run saw modules do, compared with what their manifests declare. Each run writes
// into a folder of its own. The tests that may write read its name, so that go test answers none of them
// from its cache: a remembered success would have seen nothing.
type observation struct {
	folder   string
	compared bool
	whole    bool // everything was run: what was not seen does not happen
	archtest.Observation
}

func startObservation() (*observation, error) {
	folder, err := os.MkdirTemp("", "banyan-observed-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for what tests see: %w", err)
	}
	return &observation{folder: folder}, nil
}

func (o *observation) close() error { return os.RemoveAll(o.folder) }

// compare reads what tests wrote, and the manifests of the tree in the working folder.
func (o *observation) compare(whole bool) error {
	seen, err := observed.Read(o.folder)
	if err != nil {
		return err
	}
	tree, err := archtest.Load(".")
	if err != nil {
		return fmt.Errorf("read the manifests: %w", err)
	}
	o.compared, o.whole, o.Observation = true, whole, tree.Observed(seen)
	return nil
}

// failed says that the run proves no boundaries: something undeclared happened, or nothing was seen of a
// kind that the manifests declare, although all tests ran.
func (o *observation) failed() bool {
	return len(o.Undeclared) > 0 || o.whole && len(o.Blind) > 0
}

// print tells what was undeclared or, after a whole run, dead; and the totals in one line.
func (o *observation) print(out io.Writer) {
	if !o.compared {
		return
	}
	for _, v := range o.Undeclared {
		fmt.Fprintln(out, v)
	}
	if !o.whole {
		fmt.Fprintln(out, o.Observation)
		return
	}
	for _, v := range o.Dead {
		fmt.Fprintf(out, "warning: %s\n", v)
	}
	for _, kind := range o.Blind {
		fmt.Fprintf(out, "FAIL: the manifests declare %s, and the run observed none: whoever looks is blind, and proves nothing\n", kind)
	}
	fmt.Fprintf(out, "%s, %d dead\n", o.Observation, len(o.Dead))
}

// narrows are the flags with which go test runs less than all tests.
func narrows() []string { return []string{"run", "skip", "short", "list", "failfast"} }

// all says whether the arguments ask for every test of every package.
func (c command) all() bool {
	return slices.Contains(c.goTest, "./...") && !c.has(narrows()...)
}

// has says whether one of go test's flags is among the arguments.
func (c command) has(flags ...string) bool {
	return slices.ContainsFunc(c.goTest, func(argument string) bool {
		name, _, _ := strings.Cut(strings.TrimLeft(argument, "-"), "=")
		return strings.HasPrefix(argument, "-") && slices.Contains(flags, strings.TrimPrefix(name, "test."))
	})
}
