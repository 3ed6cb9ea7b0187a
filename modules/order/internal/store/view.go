package store

import (
	"context"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	selectLines    = "SELECT " + lineColumns + " FROM order_line WHERE order_id IN (?) ORDER BY order_id, position"
	selectPayments = "SELECT " + paymentColumns + " FROM order_payment WHERE order_id IN (?) ORDER BY order_id, payment_id"
)

// Views reads lines, payments and shipments of orders: three statements, however many orders. The
// statements see different moments: an order may be confirmed a moment before its payment shows.
func Views(ctx context.Context, db *sqldb.DB, orders []core.Order) ([]core.View, error) {
	if len(orders) == 0 {
		return nil, nil
	}
	ids := make([]order.ID, len(orders))
	for i, o := range orders {
		ids[i] = o.ID
	}
	lines, err := linesOf(ctx, db, ids)
	if err != nil {
		return nil, err
	}
	payments, err := paymentsOf(ctx, db, ids)
	if err != nil {
		return nil, err
	}
	shipments, err := ShipmentsOf(ctx, db, ids...)
	if err != nil {
		return nil, err
	}
	views := make([]core.View, len(orders))
	for i, o := range orders {
		for _, row := range lines[o.ID] {
			o.Lines = append(o.Lines, row.line(o.Total.Currency))
		}
		views[i] = core.NewView(o, payments[o.ID], shipments[o.ID])
	}
	return views, nil
}

func linesOf(ctx context.Context, db *sqldb.DB, ids []order.ID) (map[order.ID][]lineRow, error) {
	var rows []lineRow
	if err := db.SelectIn(ctx, &rows, selectLines, ids); err != nil {
		return nil, err
	}
	byOrder := make(map[order.ID][]lineRow, len(ids))
	for _, row := range rows {
		byOrder[row.OrderID] = append(byOrder[row.OrderID], row)
	}
	return byOrder, nil
}

func paymentsOf(ctx context.Context, db *sqldb.DB, ids []order.ID) (map[order.ID][]core.Payment, error) {
	var rows []paymentRow
	if err := db.SelectIn(ctx, &rows, selectPayments, ids); err != nil {
		return nil, err
	}
	byOrder := make(map[order.ID][]core.Payment, len(ids))
	for _, row := range rows {
		byOrder[row.OrderID] = append(byOrder[row.OrderID], row.payment())
	}
	return byOrder, nil
}
