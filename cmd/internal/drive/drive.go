// Package drive lets clients work for a time, and keeps what each piece of work took.
package drive

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/cmd/internal/sample"
)

// Tally is what a phase came to.
type Tally struct {
	Begin, End time.Time
	Took       []time.Duration // of each success
	Failures   int
	Examples   []error // of failures: the first of each client
}

// Rate is successes per second.
func (t Tally) Rate() float64 { return sample.Rate(len(t.Took), t.End.Sub(t.Begin)) }

// Quantile is what a share of the successes took at most.
func (t Tally) Quantile(q float64) time.Duration { return sample.Quantile(t.Took, q) }

// Run lets clients work for a time, each beginning its next piece when the last is done (a closed
// loop). A failed piece is counted, and the client goes on; ten failures in a row end its work, so that
// a server that died is not asked a million times.
func Run(ctx context.Context, clients int, length time.Duration, work func(ctx context.Context, client int) error) Tally {
	tallies := make([]Tally, clients)
	var wg sync.WaitGroup
	begin := time.Now()
	for i := range clients {
		wg.Go(func() {
			tallies[i] = loop(ctx, begin.Add(length), func(ctx context.Context) error { return work(ctx, i) })
		})
	}
	wg.Wait()
	all := Tally{Begin: begin, End: time.Now()}
	for _, t := range tallies {
		all.Took = append(all.Took, t.Took...)
		all.Failures += t.Failures
		all.Examples = append(all.Examples, t.Examples...)
	}
	return all
}

func loop(ctx context.Context, until time.Time, work func(context.Context) error) Tally {
	var t Tally
	last := time.Now()
	for inRow := 0; inRow < 10 && last.Before(until) && ctx.Err() == nil; {
		err := work(ctx)
		now := time.Now()
		if err == nil {
			t.Took = append(t.Took, now.Sub(last))
			inRow = 0
		} else {
			inRow++
			t.Failures++
			if t.Failures == 1 {
				t.Examples = append(t.Examples, err)
			}
		}
		last = now
	}
	return t
}

// Reading is a tally in short.
type Reading struct {
	Rate float64       `json:"per_second"`
	P50  time.Duration `json:"p50_ns"`
	P99  time.Duration `json:"p99_ns"`
}

// Reading sums a tally up.
func (t Tally) Reading() Reading {
	return Reading{Rate: t.Rate(), P50: t.Quantile(.5), P99: t.Quantile(.99)}
}

// Failed is the error of a phase in which anything went wrong; a figure with failures in it is none.
func (t Tally) Failed(phase string) error {
	if t.Failures == 0 && len(t.Took) > 0 {
		return nil
	}
	return fmt.Errorf("%s: %d failures, %d successes: %w", phase, t.Failures, len(t.Took), errors.Join(t.Examples...))
}

func (r Reading) String() string {
	return fmt.Sprintf("%.0f (%s, %s)", r.Rate, sample.Short(r.P50), sample.Short(r.P99))
}
