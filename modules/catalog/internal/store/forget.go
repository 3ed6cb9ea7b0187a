package store

import (
	"context"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// The IDs of orders begin with the time they were made at. That bounds the walk along hold's index by
// order, and Reserve has no index by time to fill.
const selectEnded = `SELECT h.order_id FROM hold h
	WHERE h.order_id > ? AND h.order_id < ? AND h.created_at < ? AND NOT EXISTS (
		SELECT 1 FROM reservation r WHERE r.order_id = h.order_id AND r.state IN ('held', 'allocated'))
	ORDER BY h.order_id LIMIT ?`

// Ended lists some orders, of those after the given one, whose holds were made before that time and of
// whose lines none has stock.
func Ended(ctx context.Context, db *sqldb.DB, before time.Time, after id.UUID, most int) ([]id.UUID, error) {
	var orders []id.UUID
	bound := id.Floor(before)
	err := db.Select(ctx, &orders, selectEnded, after[:], bound, before.UnixMicro(), most)
	return orders, err
}

const (
	lockStates = "SELECT order_id, state FROM reservation WHERE order_id IN (?) ORDER BY order_id, line_no FOR UPDATE"

	deleteReservations = "DELETE FROM reservation WHERE order_id IN (?)"
	deleteHolds        = "DELETE FROM hold WHERE order_id IN (?)"
)

type stateRow struct {
	OrderID id.UUID    `db:"order_id"`
	State   core.State `db:"state"`
}

// LockEnded locks the lines of orders and answers those orders of whose lines none has stock.
func LockEnded(ctx context.Context, tx *sqldb.Tx, orders []id.UUID) ([]id.UUID, error) {
	var rows []stateRow
	if err := tx.SelectIn(ctx, &rows, lockStates, padded(orders)); err != nil {
		return nil, err
	}
	live := make(map[id.UUID]bool, len(orders))
	for _, row := range rows {
		live[row.OrderID] = live[row.OrderID] || row.State == core.Held || row.State == core.Allocated
	}
	return slices.DeleteFunc(slices.Clone(orders), func(order id.UUID) bool { return live[order] }), nil
}

// DeleteHolds removes orders' holds and their lines.
func DeleteHolds(ctx context.Context, tx *sqldb.Tx, orders []id.UUID) error {
	if len(orders) == 0 {
		return nil
	}
	for _, query := range []string{deleteReservations, deleteHolds} {
		if _, err := tx.ExecIn(ctx, query, padded(orders)); err != nil {
			return err
		}
	}
	return nil
}
