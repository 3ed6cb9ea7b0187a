package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	// rememberFor is how long an inbox knows an event at least. A broker must forget its messages sooner:
	// nobody can ask it what it still has. Outboxes and held events are asked.
	rememberFor = 30 * 24 * time.Hour
	// rememberBridged is how long it knows one that came by a broker: those wait in outboxes that can't be
	// asked before they come to the broker.
	rememberBridged = 90 * 24 * time.Hour
	cleanEvery      = time.Hour
	cleanBatch      = 1000 // rows of one transaction
	cleanPause      = 20 * time.Millisecond
)

// cleaner forgets, for one consumer, events that can't come again. Event IDs are UUIDv7, so that those
// before a moment are one range of the inbox's primary key, which ends at a floor: no event below it is
// pending with any publisher. Where several instances clean they only do the same thing twice.
//
// A floor is used one pass later. Until then whoever had read one of the events before others took it
// has met its inbox row.
type cleaner struct {
	consumer   *consumer
	publishers []*schema
	remember   time.Duration

	mu    sync.Mutex
	floor id.UUID // as the last pass has found it, then
	found time.Time
}

// cleaners are those of the consumers here whose publishers are all here: another's outbox can't be
// asked what it still holds. Where there is a broker they wait longer instead.
func (b *Bus) cleaners(manifests []module.Manifest, consumers []*consumer) []*cleaner {
	var all []*cleaner
	for _, c := range consumers {
		own := &cleaner{consumer: c, remember: rememberFor}
		if b.broker() != nil {
			own.remember = rememberBridged
		}
		complete := true
		for _, m := range manifests {
			from, local := b.publishers[m.Name]
			if local {
				own.publishers = append(own.publishers, from)
			}
			complete = complete && (local || b.broker() != nil || len(heardFrom(m, c)) == 0)
		}
		if complete {
			all = append(all, own)
		}
	}
	return all
}

// cleanHourly runs until ctx ends. Each consumer has its own: one whose database hangs keeps no other from
// its turn.
func (c *cleaner) cleanHourly(ctx context.Context, log *slog.Logger) {
	timer := time.NewTimer(cleanEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			timer.Reset(cleanEvery + rand.N(cleanEvery/10)) //nolint:gosec // jitter
		}
		err := boundary.Fenced(ctx, log, func() error { return c.clean(ctx) })
		if err != nil && ctx.Err() == nil {
			log.Warn("inbox not cleaned", slog.String("consumer", c.consumer.name), slog.Any("error", err))
		}
	}
}

// CleanInboxes is one pass of what a started bus does each hour: what the pass before it has found to be
// over is deleted, if that is an hour ago. Trouble with one consumer keeps no other from its turn.
func (b *Bus) CleanInboxes(ctx context.Context) error {
	var errs []error
	for _, c := range b.inboxes {
		if err := c.clean(ctx); err != nil {
			errs = append(errs, fmt.Errorf("clean inbox of %s: %w", c.consumer.name, err))
		}
	}
	return errors.Join(errs...)
}

func (c *cleaner) clean(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.consumer.now()
	if !c.found.IsZero() && now.Sub(c.found) < cleanEvery {
		return nil
	}
	floor, err := c.look(ctx, id.Floor(now.Add(-c.remember)))
	if err != nil {
		return err
	}
	settled := c.floor
	c.floor, c.found = floor, now
	if settled.IsZero() {
		return nil
	}
	return c.consumer.forget(ctx, settled)
}

// Subscriptions are asked and not handlers: while two versions of the program run, the other one may
// hear more under the consumer's name.
const selectOldestPending = `SELECT o.event_id FROM bus_outbox o WHERE o.event_id < ? AND EXISTS (
	SELECT 1 FROM bus_subscription s WHERE s.type = o.type AND s.consumer = ?) ORDER BY o.event_id LIMIT 1`

// look lowers a floor to the oldest event that is pending for the consumer.
func (c *cleaner) look(ctx context.Context, floor id.UUID) (id.UUID, error) {
	for _, from := range c.publishers {
		var oldest id.UUID
		err := from.db.Get(ctx, &oldest, selectOldestPending, floor, c.consumer.name)
		switch {
		case sqldb.IsNoRows(err):
		case err != nil:
			return floor, fmt.Errorf("oldest pending event of %s: %w", from.db.Module(), err)
		default:
			floor = oldest
		}
	}
	return floor, nil
}

const (
	selectBatchEnd = `SELECT event_id FROM bus_inbox WHERE consumer = ? AND event_id >= ? AND event_id < ?
		ORDER BY event_id LIMIT 1 OFFSET ?`
	// What is held has not taken effect yet, or never shall.
	deleteInbox = `DELETE FROM bus_inbox WHERE consumer = ? AND event_id >= ? AND event_id < ? AND NOT EXISTS (
		SELECT 1 FROM bus_held h WHERE h.consumer = bus_inbox.consumer AND h.event_id = bus_inbox.event_id)`
)

// forget deletes the consumer's inbox rows below a floor, in batches, with pauses for those who work.
func (c *consumer) forget(ctx context.Context, floor id.UUID) error {
	var from id.UUID
	for {
		end, err := c.batchEnd(ctx, from, floor)
		if err != nil {
			return err
		}
		err = sqldb.InTx(ctx, c.db, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, deleteInbox, c.number, from[:], end[:])
			return err
		})
		if err != nil || end == floor {
			return err
		}
		from = end
		select {
		case <-time.After(cleanPause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// batchEnd is the first event behind the batch that begins at from; floor if that is the last batch.
func (c *consumer) batchEnd(ctx context.Context, from, floor id.UUID) (id.UUID, error) {
	var end id.UUID
	err := c.db.Get(ctx, &end, selectBatchEnd, c.number, from[:], floor[:], cleanBatch)
	if sqldb.IsNoRows(err) {
		return floor, nil
	}
	return end, err
}
