// Package jetstream is the bus's broker on NATS JetStream: https://docs.nats.io/nats-concepts/jetstream
//
// A publisher has one stream, its events in partitions by aggregate. A consumer has one durable for each
// partition, which hands out one event at a time: the next one when that is acknowledged, which is after
// the consumer's commit. So the order of an aggregate is kept however many processes take part, and a
// process that dies in between leaves nothing but an event that comes again.
//
// Streams and durables are made by whoever comes first, and what is there is used as it is: replicas and
// limits may be changed with the tools of NATS.
package jetstream

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/id"
)

// Broker is a bus.Broker.
type Broker struct {
	config  Config
	metrics *metrics
}

var _ bus.Broker = (*Broker)(nil)

// New makes a broker that connects when it is used. It returns an error when the configuration is wrong.
func New(c Config) (*Broker, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Broker{config: c, metrics: newMetrics(c.Registry)}, nil
}

// conn is one connection; lost ends with it.
type conn struct {
	*nats.Conn

	js   jetstream.JetStream
	lost context.Context //nolint:containedctx // it is the connection's life, not a call's
}

// requestWithin bounds a question to the broker, and how long it may take to confirm an event.
const requestWithin = 5 * time.Second

func (b *Broker) connect(name string) (conn, error) {
	lost, end := context.WithCancel(context.Background())
	up := b.metrics.connected.WithLabelValues(name)
	nc, err := nats.Connect(b.config.URL, b.config.options(name, func() {
		up.Set(0)
		end()
	})...)
	if err != nil {
		end()
		up.Set(0)
		return conn{}, fmt.Errorf("connect to broker: %w", plain(err))
	}
	up.Set(1)
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(requestWithin), jetstream.WithPublishAsyncTimeout(requestWithin),
		jetstream.WithPublishAsyncMaxPending(maxPending))
	if err != nil {
		nc.Close()
		return conn{}, fmt.Errorf("connect to broker: %w", err)
	}
	return conn{nc, js, lost}, nil
}

// plain keeps what a URL may hold besides the host out of an error.
func plain(err error) error {
	if strings.Contains(err.Error(), "://") {
		return errors.New("the URL can't be read")
	}
	return err
}

func (b *Broker) stream(publisher string) string {
	return strings.ToUpper(b.config.Prefix) + "_" + publisher
}

func (b *Broker) subjects(publisher string) string {
	return b.config.Prefix + "." + publisher + "."
}

// partition is one for each aggregate, whatever process asks.
func (b *Broker) partition(aggregate id.UUID) int {
	return int(crc32.ChecksumIEEE(aggregate[:]) % uint32(b.config.Partitions)) //nolint:gosec // between 1 and maxPartitions
}

// The type is part of the subject so that the broker brings a consumer what it hears and nothing else.
func (b *Broker) subject(publisher string, partition int, name string) string {
	return b.subjects(publisher) + strconv.Itoa(partition) + "." + name
}

const (
	partitionsKey = "banyan-partitions"

	// duplicates is how long the broker knows an event by its ID; an inbox knows it longer, so that this
	// saves work alone. https://docs.nats.io/using-nats/developer/develop_jetstream/model_deep_dive#message-deduplication
	duplicates = 2 * time.Minute
)

// ensure makes a publisher's stream, or sees that the one that is there fits.
// https://docs.nats.io/nats-concepts/jetstream/streams#configuration
func (b *Broker) ensure(ctx context.Context, js jetstream.JetStream, publisher string) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, requestWithin)
	defer cancel()
	name := b.stream(publisher)
	s, err := js.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = js.CreateStream(ctx, jetstream.StreamConfig{
			Name: name, Subjects: []string{b.subjects(publisher) + ">"}, Storage: jetstream.FileStorage,
			// By limits: an event stays for consumers that come later, too. A stream that is full refuses
			// what is new, which then waits in its outbox: nothing is dropped.
			Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew,
			MaxAge: b.config.MaxAge, MaxBytes: b.config.MaxBytes, MaxMsgs: -1, MaxConsumers: -1, MaxMsgsPerSubject: -1,
			Replicas: b.config.Replicas, Duplicates: duplicates, DenyDelete: true,
			Metadata: map[string]string{partitionsKey: strconv.Itoa(b.config.Partitions)},
		})
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // somebody else was first, with other limits
			s, err = js.Stream(ctx, name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", name, err)
	}
	info := s.CachedInfo()
	return info, b.fits(info)
}

// ErrUnfit says that a stream of that name is not one that can be used.
var ErrUnfit = errors.New("stream does not fit")

// fits: two processes that count partitions differently would put an aggregate into two of them.
func (b *Broker) fits(info *jetstream.StreamInfo) error {
	c := info.Config
	if have, want := c.Metadata[partitionsKey], strconv.Itoa(b.config.Partitions); have != want {
		return fmt.Errorf("stream %s has %q partitions, this process wants %s: %w. Use the same number everywhere; to change it, stop all "+
			"publishers, let the consumers take what is there, and delete the stream (nats stream rm %s)", c.Name, have, want, ErrUnfit, c.Name)
	}
	if c.Retention != jetstream.LimitsPolicy || c.Discard != jetstream.DiscardNew {
		return fmt.Errorf("stream %s drops events that nobody has taken: %w. It needs retention by limits, and to discard what is new when it is full "+
			"(nats stream edit %s --discard new)", c.Name, ErrUnfit, c.Name)
	}
	return nil
}

// Check looks whether the streams of publishers fit, as far as they are there and the broker can be asked:
// it returns ErrUnfit, and nothing else. A process asks before it starts.
func (b *Broker) Check(ctx context.Context, publishers []string) error {
	c, err := b.connect("check")
	if err != nil {
		return nil // a broker that is away is waited for
	}
	defer c.Close()
	var problems []error
	for _, publisher := range publishers {
		if s, err := c.js.Stream(ctx, b.stream(publisher)); err == nil {
			problems = append(problems, b.fits(s.CachedInfo()))
		}
	}
	return errors.Join(problems...)
}

func mark(info *jetstream.StreamInfo) bus.Mark {
	return bus.Mark{Born: info.Created.UnixMicro(), Reached: int64(info.State.LastSeq)} //nolint:gosec // sequences do not come near
}

// Pending is how many events the broker holds for a consumer. A durable that is not there yet has all of
// them before it, which is said as one.
func (b *Broker) Pending(ctx context.Context, in bus.Inlet) (int64, error) {
	c, err := b.connect("ask " + in.Publisher + " " + in.Consumer)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	s, err := c.js.Stream(ctx, b.stream(in.Publisher))
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return 0, fmt.Errorf("stream of %s: %w (%w)", in.Publisher, bus.ErrNotSubscribed, err)
	}
	if err != nil {
		return 0, fmt.Errorf("stream of %s: %w", in.Publisher, err)
	}
	var n int64
	found := 0
	list := s.ListConsumers(ctx)
	for info := range list.Info() {
		if slices.Contains(b.durables(in.Consumer), info.Name) {
			found++
			n += int64(info.NumPending) + int64(info.NumAckPending) //nolint:gosec // they do not come near
		}
	}
	if err := list.Err(); err != nil {
		return 0, fmt.Errorf("consumers of %s: %w", in.Publisher, err)
	}
	if found < b.config.Partitions {
		return 0, fmt.Errorf("%d of %d durables of %s for %s: %w", found, b.config.Partitions, in.Publisher, in.Consumer, bus.ErrNotSubscribed)
	}
	return n, nil
}

func (b *Broker) durables(consumer string) []string {
	names := make([]string, b.config.Partitions)
	for i := range names {
		names[i] = durable(consumer, i)
	}
	return names
}

func durable(consumer string, partition int) string { return consumer + "_" + strconv.Itoa(partition) }
