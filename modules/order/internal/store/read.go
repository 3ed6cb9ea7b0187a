package store

import (
	"context"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const selectOrders = "SELECT " + orderColumns + " FROM orders "

// Order reads one order without its lines; order.ErrNotFound.
func Order(ctx context.Context, db *sqldb.DB, orderID order.ID) (core.Order, error) {
	var row orderRow
	err := db.Get(ctx, &row, selectOrders+"WHERE id = ?", orderID)
	if sqldb.IsNoRows(err) {
		return core.Order{}, order.ErrNotFound
	}
	if err != nil {
		return core.Order{}, err
	}
	return row.order()
}

// Page reads up to limit orders without their lines, the newest first: IDs lead with time.
func Page(ctx context.Context, db *sqldb.DB, f core.Filter, limit int) ([]core.Order, error) {
	query, args := selectOrders+"WHERE 1 = 1", []any{}
	if f.Status != core.None {
		query, args = query+" AND status = ?", append(args, f.Status)
	}
	if f.Email != "" {
		query, args = query+" AND email = ?", append(args, f.Email)
	}
	if !f.Before.IsZero() {
		query, args = query+" AND id < ?", append(args, f.Before)
	}
	var rows []orderRow
	if err := db.Select(ctx, &rows, query+" ORDER BY id DESC LIMIT ?", append(args, limit)...); err != nil {
		return nil, err
	}
	orders := make([]core.Order, len(rows))
	for i, row := range rows {
		var err error
		if orders[i], err = row.order(); err != nil {
			return nil, err
		}
	}
	return orders, nil
}

const selectProgress = "SELECT status, attempt_state FROM orders WHERE id = ?"

// Settled reads whether waiting for an order makes no sense any more.
func Settled(ctx context.Context, db *sqldb.DB, orderID order.ID) (bool, error) {
	var row struct {
		Status       core.Status       `db:"status"`
		AttemptState core.AttemptState `db:"attempt_state"`
	}
	if err := db.Get(ctx, &row, selectProgress, orderID); err != nil {
		return false, err
	}
	return core.Settled(row.Status, row.AttemptState), nil
}

// Due is a pending order whose deadline has passed.
type Due struct {
	ID       order.ID `db:"id"`
	Deadline int64    `db:"deadline"` // microseconds
}

const selectOverdue = `SELECT id, deadline FROM orders
	WHERE status = 'pending_payment' AND deadline <= ? AND attempt_state <> 'in_flight'
	AND (deadline > ? OR (deadline = ? AND id > ?)) ORDER BY deadline, id LIMIT ?`

const firstOverdue = `SELECT id, deadline FROM orders
	WHERE status = 'pending_payment' AND deadline <= ? AND attempt_state <> 'in_flight'
	ORDER BY deadline, id LIMIT ?`

// Overdue reads up to limit pending orders with a deadline up to now (microseconds) and no attempt in
// flight, those that come after the given one; nil: from the first.
func Overdue(ctx context.Context, db *sqldb.DB, now int64, after *Due, limit int) ([]Due, error) {
	var due []Due
	if after == nil {
		err := db.Select(ctx, &due, firstOverdue, now, limit)
		return due, err
	}
	err := db.Select(ctx, &due, selectOverdue, now, after.Deadline, after.Deadline, after.ID, limit)
	return due, err
}

type entryRow struct {
	Seq   int64       `db:"seq"`
	At    int64       `db:"at"`
	From  core.Status `db:"from_status"`
	To    core.Status `db:"to_status"`
	Cause string      `db:"cause"`
	Actor string      `db:"actor"`
	Note  string      `db:"note"`
}

const selectTimeline = `SELECT seq, at, from_status, to_status, cause, actor, note
	FROM order_timeline WHERE order_id = ? ORDER BY seq`

// Timeline reads all that happened to an order, oldest first; nothing for an order that is not there.
func Timeline(ctx context.Context, db *sqldb.DB, orderID order.ID) ([]core.Entry, error) {
	var rows []entryRow
	if err := db.Select(ctx, &rows, selectTimeline, orderID); err != nil {
		return nil, err
	}
	entries := make([]core.Entry, len(rows))
	for i, r := range rows {
		entries[i] = core.Entry{
			Seq: r.Seq, At: moment(r.At), From: r.From, To: r.To,
			Reason: core.Reason{Cause: r.Cause, Actor: r.Actor, Note: r.Note},
		}
	}
	return entries, nil
}
