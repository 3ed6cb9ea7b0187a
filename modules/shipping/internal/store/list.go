package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Filter narrows a list; its zero fields don't.
type Filter struct {
	OrderID id.UUID
	Status  core.Status
	Before  shipping.ID // older than this one
	Limit   int
}

const (
	selectList = `SELECT ` + columns + ` FROM shipment`
	ofOrder    = `order_id = ?`
	inStatus   = `status = ?`
	olderThan  = `id < ?`
	newest     = ` ORDER BY id DESC LIMIT ?`
)

// List reads shipments, the newest first.
func List(ctx context.Context, db *sqldb.DB, f Filter) ([]core.Shipment, error) {
	query, args := f.query()
	var rows []row
	if err := db.Select(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("list shipments: %w", err)
	}
	shipments := make([]core.Shipment, len(rows))
	for i, r := range rows {
		s, err := r.shipment()
		if err != nil {
			return nil, err
		}
		shipments[i] = s
	}
	return shipments, nil
}

func (f Filter) query() (string, []any) {
	var wanted []string
	var args []any
	if !f.OrderID.IsZero() {
		wanted, args = append(wanted, ofOrder), append(args, f.OrderID)
	}
	if f.Status != "" {
		wanted, args = append(wanted, inStatus), append(args, f.Status)
	}
	if !f.Before.IsZero() {
		wanted, args = append(wanted, olderThan), append(args, f.Before)
	}
	query := selectList
	if len(wanted) > 0 {
		query += " WHERE " + strings.Join(wanted, " AND ")
	}
	return query + newest, append(args, f.Limit)
}
