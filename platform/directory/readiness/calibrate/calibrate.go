// Package calibrate measures on this machine what it costs a call and an event to leave the process: over a
// loopback connection, and by a broker of its own, which writes to the disk before it confirms. It takes a few
// seconds, and leaves nothing behind.
package calibrate

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/platform/directory/readiness"
)

const (
	warm  = 50  // of what is measured, and not counted
	calls = 600 // of each size
	hops  = 300 // events
)

// Costs measures. Store is an empty folder for the broker, on the disk that a broker would have.
func Costs(ctx context.Context, store string, now func() time.Time) (readiness.Costs, error) {
	c := readiness.Costs{Of: fmt.Sprintf("this machine: %d cores, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, now().UTC().Format("2 January 2006 15:04"))}
	empty, full, bytes, err := callTimes(ctx, now)
	if err != nil {
		return c, fmt.Errorf("measure calls: %w", err)
	}
	c.Call = empty
	c.KiB = max(0, full.P50-empty.P50) / (bytes / 1024)
	if c.Event, err = eventTimes(ctx, store, now); err != nil {
		return c, fmt.Errorf("measure events: %w", err)
	}
	return c, c.Check()
}

// timesOf are the quantiles of what was measured.
func timesOf(all []time.Duration) readiness.Times {
	slices.Sort(all)
	at := func(share float64) float64 {
		return float64(all[int(share*float64(len(all)-1))].Microseconds()) / 1000
	}
	return readiness.Times{P50: at(0.5), P99: at(0.99)}
}
