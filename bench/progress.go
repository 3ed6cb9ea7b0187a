package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// progress counts effects as they are committed, and knows when the last one was.
type progress struct {
	want      int64
	committed atomic.Int64
	doubled   atomic.Int64 // effects that were there already
	done      chan struct{}
	end       time.Time // once done is closed
}

func newProgress(want int64) *progress { return &progress{want: want, done: make(chan struct{})} }

func (p *progress) add(n int64) {
	after := p.committed.Add(n)
	if after >= p.want && after-n < p.want {
		p.end = now()
		close(p.done)
	}
}

// stallLimit is how long a contender may commit nothing before it is given up.
const stallLimit = time.Minute

// await returns when everything is committed, or nothing more will be.
func (p *progress) await(ctx context.Context) error {
	tick := time.NewTicker(stallLimit)
	defer tick.Stop()
	for last := int64(-1); ; {
		select {
		case <-p.done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			if p.committed.Load() == last {
				return fmt.Errorf("nothing was committed for %s, after %d of %d effects", stallLimit, last, p.want)
			}
			last = p.committed.Load()
		}
	}
}
