package main

import (
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/config"
)

const (
	// A live heap of some 20 MB is collected more often by Go's default of 100 than a server that may
	// take 150 MB has to.
	garbagePercent = 200
	// SQLite's four writers wait for the disk in system calls, in which Go keeps a processor from others
	// until it notices. Two more than the machine has made a loaded shop on two cores a fifth faster
	// (docs/performance.md); on MySQL, where waiting is done on sockets, they gain nothing.
	moreProcessors = 2
)

// tune sets what Go's runtime can't know, unless the environment says it (GOGC, GOMAXPROCS).
func tune(environ []string, c config.Config) {
	given := func(name string) bool {
		return slices.ContainsFunc(environ, func(line string) bool { return strings.HasPrefix(line, name+"=") })
	}
	if !given("GOGC") {
		debug.SetGCPercent(garbagePercent)
	}
	if c.Embedded() && !given("GOMAXPROCS") {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + moreProcessors)
	}
}
