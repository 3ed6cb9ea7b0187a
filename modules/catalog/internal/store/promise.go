package store

import (
	"context"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	claimHeld = "UPDATE reservation SET claimed = 1 WHERE order_id IN (?) AND state = 'held'"
	claimAll  = "UPDATE reservation SET claimed = 1 WHERE order_id = ?"
	allocate  = "UPDATE reservation SET state = 'allocated' WHERE order_id IN (?) AND state = 'held' AND shipped = 0"
	release   = "UPDATE reservation SET state = 'released' WHERE order_id IN (?) AND state IN ('held', 'allocated')"
)

// ClaimHeld ends the clock of what is held for some orders, and answers how many lines that are.
func ClaimHeld(ctx context.Context, tx *sqldb.Tx, orders []id.UUID) (int64, error) {
	return tx.ExecIn(ctx, claimHeld, padded(orders))
}

// Claim marks all promises of an order as claimed, whatever their state.
func Claim(ctx context.Context, tx *sqldb.Tx, orderID id.UUID) error {
	_, err := tx.Exec(ctx, claimAll, orderID)
	return err
}

// Allocate makes allocations of the holds of which no piece has left, and answers how many lines that
// were.
func Allocate(ctx context.Context, tx *sqldb.Tx, orders []id.UUID) (int64, error) {
	return tx.ExecIn(ctx, allocate, padded(orders))
}

// Release ends all promises for which stock is kept.
func Release(ctx context.Context, tx *sqldb.Tx, orders []id.UUID) error {
	if _, err := tx.ExecIn(ctx, release, padded(orders)); err != nil {
		return fmt.Errorf("release stock of %d orders: %w", len(orders), err)
	}
	return nil
}

const selectPromises = `SELECT order_id, line_no, sku, quantity, shipped, state FROM reservation
	WHERE order_id IN (?) ORDER BY order_id, line_no FOR UPDATE`

type promiseRow struct {
	OrderID  id.UUID `db:"order_id"`
	Line     int     `db:"line_no"`
	SKU      string  `db:"sku"`
	Quantity int64   `db:"quantity"`
	Shipped  int64   `db:"shipped"`
	State    string  `db:"state"`
}

func (r promiseRow) promise() core.Promise {
	return core.Promise{Line: r.Line, SKU: r.SKU, Quantity: r.Quantity, Shipped: r.Shipped, State: core.State(r.State)}
}

// LockPromises reads the lines of an order and locks them.
func LockPromises(ctx context.Context, tx *sqldb.Tx, orderID id.UUID) ([]core.Promise, error) {
	return LockPromisesOf(ctx, tx, []id.UUID{orderID})
}

// LockPromisesOf reads the lines of some orders, one order after the other, and locks them.
func LockPromisesOf(ctx context.Context, tx *sqldb.Tx, orders []id.UUID) ([]core.Promise, error) {
	var rows []promiseRow
	if err := tx.SelectIn(ctx, &rows, selectPromises, padded(orders)); err != nil {
		return nil, fmt.Errorf("read promises of %d orders: %w", len(orders), err)
	}
	return promisesIn(rows), nil
}

func promisesIn(rows []promiseRow) []core.Promise {
	promises := make([]core.Promise, len(rows))
	for i, row := range rows {
		promises[i] = row.promise()
	}
	return promises
}

// SavePromises stores state and shipped pieces of lines that are locked.
func SavePromises(ctx context.Context, tx *sqldb.Tx, orderID id.UUID, moved []core.Promise) error {
	if len(moved) == 0 {
		return nil
	}
	query, args := savePromises(orderID, moved)
	if _, err := tx.Exec(ctx, query, args...); err != nil {
		return fmt.Errorf("save promises of order %s: %w", orderID, err)
	}
	return nil
}

func savePromises(orderID id.UUID, moved []core.Promise) (string, []any) {
	choice, in := perRow("line_no", len(moved))
	query := "UPDATE reservation SET state = " + choice + ", shipped = " + choice + " WHERE order_id = ? AND " + in
	args := make([]any, 0, 5*len(moved)+1)
	for _, p := range moved {
		args = append(args, p.Line, string(p.State))
	}
	for _, p := range moved {
		args = append(args, p.Line, p.Shipped)
	}
	args = append(args, orderID)
	for _, p := range moved {
		args = append(args, p.Line)
	}
	return query, args
}

const (
	selectOverdue = `SELECT DISTINCT order_id FROM reservation
		WHERE state = 'held' AND claimed = 0 AND expires_at <= ? AND order_id > ? ORDER BY order_id LIMIT ?`
	lockOverdue = `SELECT order_id, line_no, sku, quantity, shipped, state FROM reservation
		WHERE order_id IN (?) AND state = 'held' AND claimed = 0 AND expires_at <= ?
		ORDER BY order_id, line_no FOR UPDATE`
	expireOverdue = `UPDATE reservation SET state = 'expired'
		WHERE order_id IN (?) AND state = 'held' AND claimed = 0 AND expires_at <= ?`
)

// Overdue lists some orders, of those after the given one, with holds that nobody has claimed in time.
func Overdue(ctx context.Context, db *sqldb.DB, now time.Time, after id.UUID, most int) ([]id.UUID, error) {
	var orders []id.UUID
	err := db.Select(ctx, &orders, selectOverdue, now.UnixMicro(), after[:], most)
	return orders, err
}

// ExpireOverdue ends those holds of the orders that are still unclaimed, and answers them as they
// were. It locks them first: what another instance did meanwhile is not done again.
func ExpireOverdue(ctx context.Context, tx *sqldb.Tx, orders []id.UUID, now time.Time) ([]core.Promise, error) {
	var rows []promiseRow
	if err := tx.SelectIn(ctx, &rows, lockOverdue, padded(orders), now.UnixMicro()); err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, nil
	}
	n, err := tx.ExecIn(ctx, expireOverdue, padded(orders), now.UnixMicro())
	if err == nil && n != int64(len(rows)) {
		err = fmt.Errorf("%d lines were locked and %d expired", len(rows), n)
	}
	return promisesIn(rows), err
}
