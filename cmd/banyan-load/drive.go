package main

import (
	"context"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/cmd/internal/sample"
)

// tally is what a phase came to.
type tally struct {
	begin, end time.Time
	took       []time.Duration // of each success
	failures   int
	examples   []error // of failures: the first of each client
}

func (t tally) rate() float64 { return sample.Rate(len(t.took), t.end.Sub(t.begin)) }

func (t tally) quantile(q float64) time.Duration { return sample.Quantile(t.took, q) }

// drive lets clients work for a time, each beginning its next piece when the last is done (a closed
// loop). A failed piece is counted, and the client goes on; ten failures in a row end its work, so that
// a server that died is not asked a million times.
func drive(ctx context.Context, clients int, length time.Duration, work func(ctx context.Context, client int) error) tally {
	tallies := make([]tally, clients)
	var wg sync.WaitGroup
	begin := time.Now()
	for i := range clients {
		wg.Go(func() {
			tallies[i] = loop(ctx, begin.Add(length), func(ctx context.Context) error { return work(ctx, i) })
		})
	}
	wg.Wait()
	all := tally{begin: begin, end: time.Now()}
	for _, t := range tallies {
		all.took = append(all.took, t.took...)
		all.failures += t.failures
		all.examples = append(all.examples, t.examples...)
	}
	return all
}

func loop(ctx context.Context, until time.Time, work func(context.Context) error) tally {
	var t tally
	last := time.Now()
	for inRow := 0; inRow < 10 && last.Before(until) && ctx.Err() == nil; {
		err := work(ctx)
		now := time.Now()
		if err == nil {
			t.took = append(t.took, now.Sub(last))
			inRow = 0
		} else {
			inRow++
			t.failures++
			if t.failures == 1 {
				t.examples = append(t.examples, err)
			}
		}
		last = now
	}
	return t
}
