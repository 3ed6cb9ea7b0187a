package bus

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/banyan-commerce/banyan/platform/event"
)

// inlet brings a publisher's events from the broker to a consumer here.
type inlet struct {
	Inlet

	broker Broker
	to     *workers
}

// run subscribes until ctx ends. A broker that is away is told of once.
func (in *inlet) run(ctx context.Context) {
	log := in.to.log.With(slog.String("publisher", in.Publisher))
	lost := false
	for attempt := 1; ctx.Err() == nil; attempt++ {
		var took atomic.Bool
		err := in.broker.Subscribe(ctx, in.Inlet, func(ctx context.Context, e event.Envelope) error {
			took.Store(true)
			return in.take(ctx, e)
		})
		if ctx.Err() != nil {
			return
		}
		if took.Load() {
			lost, attempt = false, 1
		}
		if !lost {
			log.Warn("broker is away: nothing is heard", slog.Any("error", err))
		}
		lost = true
		pause(ctx, min(attempt, 7))
	}
}

// delivery is an event from a broker on its way through the queue.
type delivery struct{ ended chan struct{} }

func (d delivery) finished(item) { close(d.ended) }

// take brings one event to its end: taken, or held. An error says that this process takes nothing any
// more; what its transactions had begun is over by then.
func (in *inlet) take(_ context.Context, e event.Envelope) error {
	d := delivery{ended: make(chan struct{})}
	if !in.to.queue.put(item{event: e, from: d}) {
		return context.Canceled
	}
	select {
	case <-d.ended:
		return nil
	case <-in.to.over:
	}
	select {
	case <-d.ended:
		return nil
	default:
		return context.Canceled
	}
}
