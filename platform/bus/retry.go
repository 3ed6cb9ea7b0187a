package bus

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/platform/boundary"
)

const (
	heldEvery = time.Second     // while something is held
	heldIdle  = 3 * time.Second // else: what a lost instance held is found this late
)

// retryHeld runs held events when they are due.
func (w *workers) retryHeld(ctx context.Context) {
	timer := time.NewTimer(heldEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.parked:
		case <-timer.C:
		}
		var held bool
		err := boundary.Fenced(ctx, w.log, func() (err error) {
			held, err = w.lookAtHeld(ctx)
			return err
		})
		if err != nil && ctx.Err() == nil {
			w.log.Warn("held events not retried", slog.Any("error", err))
		}
		timer.Reset(heldIdle)
		if held || err != nil {
			timer.Reset(heldEvery)
		}
	}
}

// lookAtHeld answers whether anything waits here, if only for an operator.
func (w *workers) lookAtHeld(ctx context.Context) (bool, error) {
	counts, err := w.consumer.heldCounts(ctx)
	if err != nil {
		return false, err
	}
	w.metrics.held(w.consumer.name, counts)
	if !slices.ContainsFunc(counts, func(c heldCount) bool { return c.State != archived }) {
		return false, nil
	}
	return true, w.consumer.retryDue(ctx)
}
