package jetstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
)

const (
	pullFor   = 30 * time.Second
	heartbeat = 15 * time.Second // so that a durable that is gone is noticed
)

type take = func(ctx context.Context, e event.Envelope) error

// subscription is one call of Subscribe.
type subscription struct {
	bus.Inlet
	conn

	broker *Broker
	take   take
	log    *slog.Logger
}

// Subscribe takes from all partitions side by side until ctx ends, or one of them is lost.
func (b *Broker) Subscribe(ctx context.Context, in bus.Inlet, take func(ctx context.Context, e event.Envelope) error) error {
	c, err := b.connect("subscribe " + in.Publisher + " " + in.Consumer)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := b.ensure(ctx, c.js, in.Publisher); err != nil {
		return err
	}
	s := &subscription{
		Inlet: in, conn: c, broker: b, take: take,
		log: b.config.Log.With(slog.String("consumer", in.Consumer), slog.String("publisher", in.Publisher)),
	}
	run, end := context.WithCancelCause(ctx)
	defer end(nil)
	defer context.AfterFunc(c.lost, func() { end(errLost) })()
	var all sync.WaitGroup
	for partition := range b.config.Partitions {
		all.Go(func() { end(s.hear(run, partition)) })
	}
	all.Wait()
	if ctx.Err() != nil {
		// What was acknowledged last is on its way.
		return c.FlushTimeout(connectWithin)
	}
	return context.Cause(run)
}

var errLost = errors.New("the connection to the broker is lost")

// hear takes from one partition.
func (s *subscription) hear(ctx context.Context, partition int) error {
	consumer, err := s.durable(ctx, partition)
	if err != nil {
		return fmt.Errorf("consumer %s: %w", durable(s.Consumer, partition), err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(1), jetstream.PullExpiry(pullFor), jetstream.PullHeartbeat(heartbeat))
	if err != nil {
		return fmt.Errorf("consumer %s: %w", durable(s.Consumer, partition), err)
	}
	defer messages.Stop()
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("consumer %s: %w", durable(s.Consumer, partition), err)
		}
		s.handle(ctx, m)
	}
}

// durable makes the partition's consumer, or adds to the one that is there what we hear. It takes nothing
// away: another version of the program may hear more, and an operator removes what nobody hears any more.
// https://docs.nats.io/nats-concepts/jetstream/consumers#configuration
func (s *subscription) durable(ctx context.Context, partition int) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, requestWithin)
	defer cancel()
	stream, name := s.broker.stream(s.Publisher), durable(s.Consumer, partition)
	var filters []string
	for _, t := range s.Types {
		filters = append(filters, s.broker.subject(s.Publisher, partition, t))
	}
	consumer, err := s.js.Consumer(ctx, stream, name)
	if err == nil {
		have := consumer.CachedInfo().Config
		all := append(slices.Clone(have.FilterSubjects), filters...)
		if have.FilterSubject != "" {
			all = append(all, have.FilterSubject)
		}
		slices.Sort(all)
		filters = slices.Compact(all)
		if len(filters) == max(len(have.FilterSubjects), min(len(have.FilterSubject), 1)) {
			return consumer, nil
		}
	} else if !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil, err
	}
	return s.js.CreateOrUpdateConsumer(ctx, stream, jetstream.ConsumerConfig{
		Durable: name, FilterSubjects: filters, DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: s.broker.config.AckWait,
		MaxAckPending: 1,  // the next event of a partition after the commit of the one before it
		MaxDeliver:    -1, // the bus holds what fails; the broker never gives up
	})
}

// handle brings one message to its end, and acknowledges it then: after the commit. Whoever stops gives
// it back, so that another process need not wait for AckWait.
func (s *subscription) handle(ctx context.Context, m jetstream.Msg) {
	e, err := envelope(m.Headers(), m.Data())
	if err == nil && e.Source != s.Publisher {
		err = fmt.Errorf("%w: its source is %q", errNoEvent, e.Source)
	}
	if err != nil {
		s.passBy(m, err)
		return
	}
	s.count(m)
	stop := s.sayStillHere(m)
	err = s.take(ctx, e)
	stop()
	if err == nil {
		err = m.Ack()
	} else {
		err = m.Nak()
	}
	if err != nil {
		s.log.Debug("event comes again", slog.String("event", e.ID.String()), slog.Any("error", err))
	}
}

// passBy leaves a message that is no event of ours in the stream, for people to look at.
func (s *subscription) passBy(m jetstream.Msg, cause error) {
	s.broker.metrics.unread.WithLabelValues(s.Consumer, s.Publisher).Inc()
	var sequence uint64
	if meta, err := m.Metadata(); err == nil {
		sequence = meta.Sequence.Stream
	}
	s.log.Error("message is no event and is passed by", slog.Uint64("sequence", sequence), slog.Any("error", cause))
	if err := m.TermWithReason(cause.Error()); err != nil {
		s.log.Debug("message comes again", slog.Any("error", err))
	}
}

func (s *subscription) count(m jetstream.Msg) {
	times := "first"
	if meta, err := m.Metadata(); err == nil && meta.NumDelivered > 1 {
		times = "again"
	}
	s.broker.metrics.delivered.WithLabelValues(s.Consumer, s.Publisher, times).Inc()
}

// sayStillHere lets the broker wait while an event is worked on, until it is stopped: who works on it
// says so several times before AckWait is over.
// https://docs.nats.io/nats-concepts/jetstream/consumers#acknowledgement
func (s *subscription) sayStillHere(m jetstream.Msg) (stop func()) {
	tick := time.NewTicker(s.broker.config.AckWait / 4)
	over := make(chan struct{})
	var said sync.WaitGroup
	said.Go(func() {
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case <-tick.C:
			}
			if err := m.InProgress(); err != nil {
				return
			}
		}
	})
	return func() {
		close(over)
		said.Wait()
	}
}
