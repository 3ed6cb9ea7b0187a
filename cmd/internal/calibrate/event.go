package calibrate

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"path/filepath"
	"time"

	"github.com/banyan-commerce/banyan/platform/broker/natsd"
	"github.com/banyan-commerce/banyan/platform/directory/readiness"
)

var errLate = errors.New("events were not delivered within a minute")

// eventTimes is how much longer an event takes from one process to another than within one: the same two modules
// deliver the same events together and apart, in turns, so that whatever else the machine does slows both. Each
// is measured from before the publishing transaction to the commit of the effect.
func eventTimes(ctx context.Context, folder string, often int, now func() time.Time) (_ readiness.Times, err error) {
	server, err := natsd.Start(natsd.Options{Addr: "127.0.0.1:0", Store: filepath.Join(folder, "broker"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return readiness.Times{}, err
	}
	defer server.Stop()
	near, err := openPair(ctx, filepath.Join(folder, "together"), now)
	if err != nil {
		return readiness.Times{}, err
	}
	defer func() { err = errors.Join(err, near.close(context.WithoutCancel(ctx))) }()
	far, err := openPair(ctx, filepath.Join(folder, "apart"), now)
	if err != nil {
		return readiness.Times{}, err
	}
	defer func() { err = errors.Join(err, far.close(context.WithoutCancel(ctx))) }()
	if err := errors.Join(near.together(ctx), far.apart(ctx, server.URL())); err != nil {
		return readiness.Times{}, err
	}
	return inTurns(ctx, near, far, often)
}

func inTurns(ctx context.Context, near, far *pair, often int) (readiness.Times, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, errLate)
	defer cancel()
	var together []time.Duration
	apart, err := each(ctx, often, func() (time.Duration, error) {
		took, err := near.tell(ctx)
		if err != nil {
			return 0, err
		}
		together = append(together, took)
		return far.tell(ctx)
	})
	if err != nil {
		return readiness.Times{}, err
	}
	return beyond(timesOf(together[warm:]), apart), nil
}

// beyond is what must be added to the one to get the other, by the arithmetic of readiness.Times.Plus; never
// less than nothing.
func beyond(less, more readiness.Times) readiness.Times {
	p50 := max(0, more.P50-less.P50)
	spread := (more.P99-more.P50)*(more.P99-more.P50) - (less.P99-less.P50)*(less.P99-less.P50)
	return readiness.Times{P50: p50, P99: p50 + math.Sqrt(max(0, spread))}.Plus() // rounded as those are
}
