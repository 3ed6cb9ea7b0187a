// Package calibrate measures on this machine what it costs a call and an event to leave the process: over a
// loopback connection, and by a broker of its own, which writes to the disk before it confirms. It takes a few
// seconds, and leaves nothing behind.
package calibrate

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/platform/directory/readiness"
)

const (
	warm    = 20  // of what is measured, and not counted
	samples = 200 // of each of the four: calls of two sizes, events together and apart

	// pause is between one and the next: a processor that has had nothing to do for a while is slower than one in a
	// loop, and a shop that isn't crowded is what it usually is.
	pause = 5 * time.Millisecond
)

// each runs f until it has been run often enough, with pauses. It returns the error of f or of ctx.
func each(ctx context.Context, often int, f func() (time.Duration, error)) (readiness.Times, error) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	var all []time.Duration
	for i := range warm + often {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return readiness.Times{}, context.Cause(ctx)
		}
		took, err := f()
		if err != nil {
			return readiness.Times{}, err
		}
		if i >= warm {
			all = append(all, took)
		}
	}
	return timesOf(all), nil
}

// Costs measures. Store is an empty folder for the broker, on the disk that a broker would have.
func Costs(ctx context.Context, store string, now func() time.Time) (readiness.Costs, error) {
	return measure(ctx, store, samples, now)
}

func measure(ctx context.Context, store string, often int, now func() time.Time) (readiness.Costs, error) {
	c := readiness.Costs{Of: fmt.Sprintf("this machine: %d cores, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, now().UTC().Format("2 January 2006 15:04"))}
	empty, full, bytes, err := callTimes(ctx, often, now)
	if err != nil {
		return c, fmt.Errorf("measure calls: %w", err)
	}
	c.Call = empty
	c.KiB = math.Round(10_000*max(0, full.P50-empty.P50)/(bytes/1024)) / 10_000
	if c.Event, err = eventTimes(ctx, store, often, now); err != nil {
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
