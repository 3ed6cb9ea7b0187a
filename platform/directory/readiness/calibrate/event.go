package calibrate

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/platform/broker/jetstream"
	"github.com/banyan-commerce/banyan/platform/broker/natsd"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/directory/readiness"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
)

// eventTimes measures from the moment at which a bridge hands an event to the broker to that at which the
// consumer's process has it. What comes before and after, the scan of the outbox and the consumer's queue and
// transaction, is the same in one process.
func eventTimes(ctx context.Context, store string, now func() time.Time) (_ readiness.Times, err error) {
	log := slog.New(slog.DiscardHandler)
	server, err := natsd.Start(natsd.Options{Addr: "127.0.0.1:0", Store: store, Log: log})
	if err != nil {
		return readiness.Times{}, err
	}
	defer server.Stop()
	broker, err := jetstream.New(jetstream.Config{URL: server.URL(), Log: log, Registry: prometheus.NewRegistry()})
	if err != nil {
		return readiness.Times{}, err
	}
	outlet, err := broker.Open(ctx, "calibration")
	if err != nil {
		return readiness.Times{}, err
	}
	defer outlet.Close()
	hear, leave := context.WithCancel(ctx)
	taken, ended := make(chan time.Time, 1), make(chan error, 1)
	go func() {
		in := bus.Inlet{Publisher: "calibration", Consumer: "listener", Types: []string{"calibration.done"}}
		ended <- broker.Subscribe(hear, in, func(context.Context, event.Envelope) error {
			taken <- now()
			return nil
		})
	}()
	defer func() {
		leave()
		err = errors.Join(err, <-ended)
	}()
	return hopTimes(ctx, outlet, taken, now)
}

var errLate = errors.New("an event was not brought within a minute")

func hopTimes(ctx context.Context, outlet bus.Outlet, taken <-chan time.Time, now func() time.Time) (readiness.Times, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, errLate)
	defer cancel()
	var all []time.Duration
	for i := range warm + hops {
		begin := now()
		if err := outlet.Publish(ctx, []event.Envelope{fact(begin)})[0].Err; err != nil {
			return readiness.Times{}, err
		}
		select {
		case at := <-taken:
			if i >= warm {
				all = append(all, at.Sub(begin))
			}
		case <-ctx.Done():
			return readiness.Times{}, context.Cause(ctx)
		}
	}
	return timesOf(all), nil
}

// fact is an event as large as most.
func fact(at time.Time) event.Envelope {
	about := id.New()
	payload := bytes.Join([][]byte{[]byte(`{"note":"`), bytes.Repeat([]byte("x"), 500), []byte(`"}`)}, nil)
	return event.Envelope{
		ID: id.New(), Source: "calibration", Type: event.Type{Name: "calibration.done", Version: 1},
		Aggregate: event.Aggregate{Type: "calibration", ID: about, Version: 1}, OccurredAt: at, CorrelationID: about, Payload: payload,
	}
}
