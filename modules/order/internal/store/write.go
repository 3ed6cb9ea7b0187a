package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// ErrMoved: a row is not at the version it was read at. Whoever changes an order locks it first, so
// this is a mistake of ours and never an answer to a client.
var ErrMoved = errors.New("the order has changed since it was read")

// Write writes what became of locked orders, with the entries that tell of it: one statement for all
// orders that change alike, and one for all entries. An order of which nothing was told is left alone.
// It returns ErrMoved.
func Write(ctx context.Context, tx *sqldb.Tx, orders []*Locked) error {
	var changed []*Locked
	for _, o := range orders {
		if len(o.told) > 0 {
			changed = append(changed, o)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	for _, alike := range grouped(changed, changeOf) {
		if err := update(ctx, tx, changeOf(alike[0]), alike); err != nil {
			return err
		}
	}
	return insertTold(ctx, tx, changed)
}

// change is what is written into the row of an order, and what must stand there before.
type change struct {
	readVersion, readEntries int64
	version, entries         int64
	status                   core.Status
	attemptState             core.AttemptState
	attempt                  core.Attempt // another one than was read; zero if there is none
	cancelReason             string
	updatedAt                int64
}

func changeOf(o *Locked) change {
	c := change{
		readVersion: o.read.Version, readEntries: o.read.Entries, version: o.Version, entries: o.Entries,
		status: o.Status, attemptState: o.Attempt.State, cancelReason: o.CancelReason, updatedAt: o.UpdatedAt.UnixMicro(),
	}
	if o.Attempt.ID != o.read.Attempt.ID || o.Attempt.Method != o.read.Attempt.Method {
		c.attempt = o.Attempt
	}
	return c
}

const (
	updateOrders = `UPDATE orders SET
	version = ?, entries = ?, status = ?, attempt_state = ?, cancel_reason = ?, updated_at = ?`
	andAttempt = ", attempt_id = ?, attempt_method = ?"
	ifUnmoved  = " WHERE version = ? AND entries = ? AND id IN (?)"
)

// update makes the same change of all these orders.
func update(ctx context.Context, tx *sqldb.Tx, c change, orders []*Locked) error {
	query, args := updateOrders, []any{c.version, c.entries, c.status, c.attemptState, c.cancelReason, c.updatedAt}
	if c.attempt != (core.Attempt{}) {
		query, args = query+andAttempt, append(args, c.attempt.ID, c.attempt.Method)
	}
	ids := make([]order.ID, len(orders))
	for i, o := range orders {
		ids[i] = o.ID
	}
	n, err := tx.ExecIn(ctx, query+ifUnmoved, append(args, c.readVersion, c.readEntries, ids)...)
	if err != nil {
		return err
	}
	if n != int64(len(orders)) {
		return fmt.Errorf("%w: %d of %v are at version %d with %d entries", ErrMoved, n, ids, c.readVersion, c.readEntries)
	}
	return nil
}

const (
	insertEntries = `INSERT INTO order_timeline
	(order_id, seq, at, from_status, to_status, cause, actor, note) VALUES `
	entryColumns = 8
)

// InsertFirstEntries begins the timelines of orders.
func InsertFirstEntries(ctx context.Context, tx *sqldb.Tx, orders []core.Order, entries []core.Entry) error {
	var args []any
	for i, e := range entries {
		args = append(args, entryValues(orders[i].ID, e)...)
	}
	return insertTimeline(ctx, tx, args)
}

func insertTold(ctx context.Context, tx *sqldb.Tx, orders []*Locked) error {
	var args []any
	for _, o := range orders {
		for _, e := range o.told {
			args = append(args, entryValues(o.ID, e)...)
		}
	}
	return insertTimeline(ctx, tx, args)
}

func insertTimeline(ctx context.Context, tx *sqldb.Tx, args []any) error {
	_, err := tx.Exec(ctx, insertEntries+sqldb.Placeholders(len(args)/entryColumns, entryColumns), args...)
	return err
}

func entryValues(orderID order.ID, e core.Entry) []any {
	return []any{orderID, e.Seq, e.At.UnixMicro(), e.From, e.To, e.Cause, e.Actor, clip(e.Note, 1000)}
}

// clip keeps what a column holds of a text that somebody else wrote.
func clip(text string, longest int) string {
	runes := []rune(text)
	return string(runes[:min(len(runes), longest)])
}

// grouped puts together what has the same key, in the order in which the keys first come.
func grouped[T any, K comparable](all []T, key func(T) K) [][]T {
	var groups [][]T
	at := make(map[K]int)
	for _, one := range all {
		k := key(one)
		i, known := at[k]
		if !known {
			i = len(groups)
			at[k], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], one)
	}
	return groups
}
