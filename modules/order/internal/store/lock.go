package store

import (
	"context"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const lockOrder = "SELECT " + orderColumns + " FROM orders WHERE id = ? FOR UPDATE"

// Lock reads an order without its lines and keeps others from changing it until the transaction ends.
// It returns order.ErrNotFound.
func Lock(ctx context.Context, tx *sqldb.Tx, orderID order.ID) (core.Order, error) {
	var row orderRow
	err := tx.Get(ctx, &row, lockOrder, orderID)
	if sqldb.IsNoRows(err) {
		return core.Order{}, order.ErrNotFound
	}
	if err != nil {
		return core.Order{}, err
	}
	return row.order()
}

type lineRow struct {
	OrderID   order.ID `db:"order_id"`
	Position  int      `db:"position"`
	SKU       string   `db:"sku"`
	ProductID id.UUID  `db:"product_id"`
	Name      string   `db:"name"`
	Quantity  int64    `db:"quantity"`
	UnitPrice int64    `db:"unit_price"`
	LineTotal int64    `db:"line_total"`
}

func (r lineRow) line(c money.Currency) core.Line {
	return core.Line{
		SKU: r.SKU, ProductID: r.ProductID, Name: r.Name, Quantity: r.Quantity,
		UnitPrice: money.Money{Amount: r.UnitPrice, Currency: c},
		Total:     money.Money{Amount: r.LineTotal, Currency: c},
	}
}

type lockedRow struct {
	orderRow
	lineRow
}

// One statement reads the order once per line: an order has few, and a round trip costs more than its
// repeated columns. The lines are locked along with their order, which everybody locks first.
const lockOrderAndLines = "SELECT " + orderColumns + ", " + lineColumns + `
	FROM orders JOIN order_line ON order_id = id WHERE id = ? ORDER BY position FOR UPDATE`

// LockWithLines is Lock for an order with its lines.
func LockWithLines(ctx context.Context, tx *sqldb.Tx, orderID order.ID) (core.Order, error) {
	var rows []lockedRow
	if err := tx.Select(ctx, &rows, lockOrderAndLines, orderID); err != nil {
		return core.Order{}, err
	}
	if len(rows) == 0 {
		return core.Order{}, order.ErrNotFound
	}
	o, err := rows[0].order()
	for _, row := range rows {
		o.Lines = append(o.Lines, row.line(o.Total.Currency))
	}
	return o, err
}
