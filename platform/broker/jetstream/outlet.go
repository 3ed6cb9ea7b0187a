package jetstream

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
)

const maxPending = 4096 // events on their way; the bus hands over fewer

// outlet publishes over one connection.
type outlet struct {
	conn

	broker    *Broker
	publisher string
	opened    bus.Mark
	reached   atomic.Int64 // the highest sequence that was confirmed
}

// Open connects, and makes the publisher's stream if it is not there.
func (b *Broker) Open(ctx context.Context, publisher string) (bus.Outlet, error) {
	c, err := b.connect("publish " + publisher)
	if err != nil {
		return nil, err
	}
	info, err := b.ensure(ctx, c.js, publisher)
	if err != nil {
		c.Close()
		return nil, err
	}
	o := &outlet{conn: c, broker: b, publisher: publisher, opened: mark(info)}
	o.reached.Store(o.opened.Reached)
	return o, nil
}

// Mark is how far the stream had come.
func (o *outlet) Mark() bus.Mark { return o.opened }

// Lost is closed with the connection.
func (o *outlet) Lost() <-chan struct{} { return o.lost.Done() }

// Close ends the connection.
func (o *outlet) Close() { o.Conn.Close() }

// Publish sends a batch and waits for all answers. They are of different aggregates, so that it does not
// matter which of them the broker has first, nor which of them it refuses.
func (o *outlet) Publish(ctx context.Context, batch []event.Envelope) []bus.Receipt {
	floor := o.reached.Load()
	sent := make([]jetstream.PubAckFuture, len(batch))
	receipts := make([]bus.Receipt, len(batch))
	for i, e := range batch {
		subject := o.broker.subject(o.publisher, o.broker.partition(e.Aggregate.ID), e.Type.Name)
		future, err := o.js.PublishMsgAsync(message(subject, e), jetstream.WithExpectStream(o.broker.stream(o.publisher)),
			jetstream.WithRetryAttempts(0))
		sent[i], receipts[i].Err = future, o.refusal(err)
	}
	for i, future := range sent {
		if future != nil {
			receipts[i] = o.await(ctx, future, floor)
		}
	}
	return receipts
}

// await answers for one event. A confirmation with a sequence that was given before is one of a stream
// that has lost what came after it.
func (o *outlet) await(ctx context.Context, future jetstream.PubAckFuture, floor int64) bus.Receipt {
	select {
	case ack := <-future.Ok():
		sequence := int64(ack.Sequence) //nolint:gosec // sequences do not come near
		if ack.Duplicate {
			o.count("known")
			return bus.Receipt{Mark: bus.Mark{Born: o.opened.Born, Reached: sequence}}
		}
		if sequence <= floor {
			return bus.Receipt{Err: fmt.Errorf("stream of %s is at %d, was at %d: %w", o.publisher, sequence, floor, bus.ErrForgotten)}
		}
		o.count("stored")
		for have := o.reached.Load(); have < sequence && !o.reached.CompareAndSwap(have, sequence); {
			have = o.reached.Load()
		}
		return bus.Receipt{Mark: bus.Mark{Born: o.opened.Born, Reached: sequence}}
	case err := <-future.Err():
		return bus.Receipt{Err: o.refusal(err)}
	case <-o.lost.Done():
		return bus.Receipt{Err: o.refusal(bus.ErrOutletLost)}
	case <-ctx.Done():
		return bus.Receipt{Err: o.refusal(ctx.Err())}
	}
}

// refusal says what an error means for the outlet: without a stream, or a connection, it is over.
func (o *outlet) refusal(err error) error {
	if err == nil {
		return nil
	}
	o.count("refused")
	if o.lost.Err() != nil || o.IsClosed() || errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("publish for %s: %w: %w", o.publisher, bus.ErrOutletLost, err)
	}
	return fmt.Errorf("publish for %s: %w", o.publisher, err)
}

func (o *outlet) count(result string) {
	o.broker.metrics.published.WithLabelValues(o.publisher, result).Inc()
}
