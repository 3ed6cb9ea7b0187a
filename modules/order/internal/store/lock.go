package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Locked is an order whose row nobody else changes before the transaction ends. What is decided of it is
// done to it in memory; Write makes it so.
type Locked struct {
	core.Order

	read core.Order   // as it was
	told []core.Entry // since it was read
}

func locked(o core.Order) *Locked { return &Locked{Order: o, read: o} }

// Tell moves the order to a status, or leaves it there, and adds an entry to its timeline.
func (l *Locked) Tell(to core.Status, why core.Reason, at time.Time) {
	l.told = append(l.told, l.Enter(to, why, at))
}

const lockOrder = "SELECT " + orderColumns + " FROM orders WHERE id = ? FOR UPDATE"

// Lock reads an order without its lines and keeps others from changing it until the transaction ends.
// It returns order.ErrNotFound.
func Lock(ctx context.Context, tx *sqldb.Tx, orderID order.ID) (*Locked, error) {
	var row orderRow
	err := tx.Get(ctx, &row, lockOrder, orderID)
	if sqldb.IsNoRows(err) {
		return nil, order.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	o, err := row.order()
	return locked(o), err
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

// One statement reads each order once per line: an order has few, and a round trip costs more than its
// repeated columns. Every order has lines: the outer join is there because it makes all databases lock
// orders before their lines, and by ID, however many there are of either. Sorting by position as well
// would cost a temporary table.
const lockOrdersAndLines = "SELECT " + orderColumns + ", " + lineColumns + `
	FROM orders LEFT JOIN order_line ON order_id = id WHERE id IN (?) ORDER BY id FOR UPDATE`

// LockWithLines is Lock for different orders with their lines, by one statement; it answers them in the
// order of their IDs as given.
func LockWithLines(ctx context.Context, tx *sqldb.Tx, ids []order.ID) ([]*Locked, error) {
	var rows []lockedRow
	if err := tx.SelectIn(ctx, &rows, lockOrdersAndLines, ids); err != nil {
		return nil, err
	}
	lines := make(map[order.ID][]lockedRow, len(ids))
	for _, row := range rows {
		lines[row.ID] = append(lines[row.ID], row)
	}
	orders := make([]*Locked, len(ids))
	for i, orderID := range ids {
		o, err := together(lines[orderID])
		if err != nil {
			return nil, fmt.Errorf("order %s: %w", orderID, err)
		}
		orders[i] = locked(o)
	}
	return orders, nil
}

func together(rows []lockedRow) (core.Order, error) {
	if len(rows) == 0 {
		return core.Order{}, order.ErrNotFound
	}
	o, err := rows[0].order()
	slices.SortFunc(rows, func(a, b lockedRow) int { return a.Position - b.Position })
	for _, row := range rows {
		o.Lines = append(o.Lines, row.line(o.Total.Currency))
	}
	return o, err
}
