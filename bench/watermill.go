package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wsql "github.com/ThreeDotsLabs/watermill-sql/v4/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	peer      = "peer" // the schema in which a peer has its tables and the effects
	peerConns = 16     // as many as a module of Banyan's has
	peerPoll  = 10 * time.Millisecond
)

// watermillKind is one of the two ways in which watermill-sql keeps messages on MySQL.
type watermillKind struct {
	schema  wsql.SchemaAdapter
	offsets wsql.OffsetsAdapter
	group   string
}

// watermillDefault keeps all messages and an offset for each group of consumers. batch is how many
// messages it takes in one transaction.
func watermillDefault(batch int) watermillKind {
	return watermillKind{schema: wsql.DefaultMySQLSchema{SubscribeBatchSize: batch}, offsets: wsql.DefaultMySQLOffsetsAdapter{}, group: clerk}
}

// watermillQueue deletes messages that were taken; it has no groups.
func watermillQueue(batch int) watermillKind {
	return watermillKind{schema: wsql.MySQLQueueSchema{SubscribeBatchSize: batch}, offsets: wsql.MySQLQueueOffsetsAdapter{DeleteOnAck: true}}
}

// drainWatermill lets watermill-sql take a backlog. Its handler writes each effect in the subscriber's
// transaction, which is its documented way to exactly-once effects, over connections that are set up
// as Banyan's are.
//
// Accounts are spread over topics, each with a subscriber of its own: several subscribers of one topic
// wait for one another's transactions.
func drainWatermill(ctx context.Context, g *ground, events int64, kind watermillKind, topics int) (r reading, err error) {
	at, err := g.newPlace()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, at.remove()) }()
	if err := at.create(ctx, peer, clerk); err != nil {
		return r, err
	}
	db, release, err := sqldb.OpenForMigration(ctx, at.Location, peer)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, release()) }()
	db.SetMaxOpenConns(peerConns)
	db.SetMaxIdleConns(peerConns)

	w := &mill{kind: kind, db: db, progress: newProgress(events)}
	for i := range topics {
		w.topics = append(w.topics, fmt.Sprintf("booked%d", i))
	}
	if err := w.open(); err != nil {
		return r, err
	}
	if err := w.fill(ctx, newLedger(events)); err != nil {
		return r, errors.Join(fmt.Errorf("fill: %w", err), w.subscriber.Close())
	}
	if r, err = w.run(ctx, g); err != nil {
		return r, err
	}
	return r, w.audit(ctx, at, &r)
}

// mill is watermill over one database.
type mill struct {
	kind       watermillKind
	db         *sql.DB
	topics     []string
	subscriber *wsql.Subscriber
	progress   *progress
}

func (w *mill) open() (err error) {
	w.subscriber, err = wsql.NewSubscriber(counting{wsql.BeginnerFromStdSQL(w.db), w.progress}, wsql.SubscriberConfig{
		ConsumerGroup: w.kind.group, PollInterval: peerPoll, ResendInterval: peerPoll, RetryInterval: peerPoll,
		SchemaAdapter: w.kind.schema, OffsetsAdapter: w.kind.offsets,
	}, watermill.NopLogger{})
	if err != nil {
		return err
	}
	for _, topic := range w.topics {
		if err := w.subscriber.SubscribeInitialize(topic); err != nil {
			return err
		}
	}
	return nil
}

func (w *mill) fill(ctx context.Context, l ledger) error {
	for from := int64(0); from < l.events; from += fillRows * fillUnits {
		if err := w.publish(ctx, l, from, min(from+fillRows*fillUnits, l.events)); err != nil {
			return err
		}
	}
	return nil
}

func (w *mill) publish(ctx context.Context, l ledger, from, to int64) error {
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	publisher, err := wsql.NewPublisher(wsql.TxFromStdSQL(tx), wsql.PublisherConfig{SchemaAdapter: w.kind.schema}, watermill.NopLogger{})
	if err != nil {
		return err
	}
	messages := make([][]*message.Message, len(w.topics))
	for n := from; n < to; n++ {
		fact := l.at(n)
		payload, err := json.Marshal(fact)
		if err != nil {
			return err
		}
		topic := accountOf(n) % int64(len(w.topics))
		// Time-ordered like Banyan's: random IDs would make the index of the effects slower.
		messages[topic] = append(messages[topic], message.NewMessage(id.New().String(), payload))
	}
	for i, topic := range w.topics {
		if len(messages[i]) == 0 {
			continue
		}
		if err := publisher.Publish(topic, messages[i]...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (w *mill) run(ctx context.Context, g *ground) (r reading, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	meter := startMeter(g.pid())
	begin := now()
	failures := make(chan error, len(w.topics))
	for _, topic := range w.topics {
		messages, err := w.subscriber.Subscribe(ctx, topic)
		if err != nil {
			return r, errors.Join(err, w.subscriber.Close())
		}
		go func() { failures <- w.handle(messages) }()
	}
	err = w.progress.await(ctx)
	r.Spent = meter.stop(w.progress.want)
	err = errors.Join(err, w.subscriber.Close())
	for range w.topics {
		err = errors.Join(err, <-failures)
	}
	r.Rate = rate(w.progress.want, w.progress.end.Sub(begin))
	return r, err
}

// handle writes the effects of one topic until its messages end.
func (w *mill) handle(messages <-chan *message.Message) error {
	var first error
	for m := range messages {
		if err := w.effect(m); err != nil {
			if first == nil {
				first = err
			}
			m.Nack()
			continue
		}
		m.Ack()
	}
	return first
}

var errNoTx = errors.New("the message came without its subscriber's transaction")

func (w *mill) effect(m *message.Message) error {
	var fact booked
	if err := json.Unmarshal(m.Payload, &fact); err != nil {
		return err
	}
	eventID, err := id.Parse(m.UUID)
	if err != nil {
		return err
	}
	tx, ok := wsql.TxFromContext(m.Context())
	if !ok {
		return errNoTx
	}
	_, err = tx.ExecContext(m.Context(), insertEffects+"(?,?,?)", eventID, fact.Account, fact.Seq)
	if sqldb.IsDuplicate(err) {
		w.progress.doubled.Add(1)
		return nil
	}
	if err == nil {
		tx.(*countingTx).effects++ //nolint:forcetypeassert // counting made it
	}
	return err
}

func (w *mill) audit(ctx context.Context, at place, r *reading) (err error) {
	db, err := sqldb.Open(ctx, at.Location, peer, sqldb.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	r.Audit, err = auditEffects(ctx, db, w.progress.want)
	r.Audit.Doubled += w.progress.doubled.Load()
	return err
}

// counting counts the effects of each transaction when it is committed.
type counting struct {
	wsql.Beginner

	progress *progress
}

func (c counting) BeginTx(ctx context.Context, options *sql.TxOptions) (wsql.Tx, error) {
	tx, err := c.Beginner.BeginTx(ctx, options)
	if err != nil {
		return nil, err
	}
	return &countingTx{Tx: tx, progress: c.progress}, nil
}

type countingTx struct {
	wsql.Tx

	progress *progress
	effects  int64
}

func (t *countingTx) Commit() error {
	err := t.Tx.Commit()
	if err == nil && t.effects > 0 {
		t.progress.add(t.effects)
	}
	return err
}
