package store

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	selectFirst   = `SELECT ` + columns + ` FROM payment ORDER BY id DESC LIMIT ?`
	selectBefore  = `SELECT ` + columns + ` FROM payment WHERE id < ? ORDER BY id DESC LIMIT ?`
	selectOfFirst = `SELECT ` + columns + ` FROM payment WHERE order_id = ? ORDER BY id DESC LIMIT ?`
	selectOfPage  = `SELECT ` + columns + ` FROM payment WHERE order_id = ? AND id < ? ORDER BY id DESC LIMIT ?`
)

// List reads attempts, the newest first: those of one order unless orderID is zero, and those older
// than before unless that is zero.
func List(ctx context.Context, db *sqldb.DB, orderID id.UUID, before payment.ID, limit int) ([]core.Attempt, error) {
	var rows []row
	if err := db.Select(ctx, &rows, listQuery(orderID, before), listArgs(orderID, before, limit)...); err != nil {
		return nil, fmt.Errorf("list payments: %w", err)
	}
	attempts := make([]core.Attempt, len(rows))
	for i, r := range rows {
		attempts[i] = r.attempt()
	}
	return attempts, nil
}

func listQuery(orderID id.UUID, before payment.ID) string {
	switch {
	case orderID.IsZero() && before.IsZero():
		return selectFirst
	case orderID.IsZero():
		return selectBefore
	case before.IsZero():
		return selectOfFirst
	}
	return selectOfPage
}

func listArgs(orderID id.UUID, before payment.ID, limit int) []any {
	var args []any
	if !orderID.IsZero() {
		args = append(args, orderID)
	}
	if !before.IsZero() {
		args = append(args, before)
	}
	return append(args, limit)
}
