// Package store holds the SQL of the order module. Its functions take the transaction or the database
// and decide nothing.
package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

type orderRow struct {
	ID            order.ID       `db:"id"`
	Number        string         `db:"number"`
	Version       int64          `db:"version"`
	Entries       int64          `db:"entries"`
	Status        string         `db:"status"`
	Currency      money.Currency `db:"currency"`
	Total         int64          `db:"total"`
	Email         string         `db:"email"`
	CustomerName  string         `db:"customer_name"`
	ShipTo        []byte         `db:"ship_to"`
	Deadline      int64          `db:"deadline"`
	AttemptID     id.UUID        `db:"attempt_id"`
	AttemptMethod string         `db:"attempt_method"`
	AttemptState  string         `db:"attempt_state"`
	CancelReason  string         `db:"cancel_reason"`
	CreatedAt     int64          `db:"created_at"`
	UpdatedAt     int64          `db:"updated_at"`
}

func (r orderRow) order() (core.Order, error) {
	o := core.Order{
		ID: r.ID, Number: r.Number, Version: r.Version, Entries: r.Entries, Status: core.Status(r.Status),
		Total:        money.Money{Amount: r.Total, Currency: r.Currency},
		Customer:     core.Customer{Email: r.Email, Name: r.CustomerName},
		Deadline:     moment(r.Deadline),
		Attempt:      core.Attempt{ID: r.AttemptID, Method: r.AttemptMethod, State: core.AttemptState(r.AttemptState)},
		CancelReason: r.CancelReason,
		CreatedAt:    moment(r.CreatedAt), UpdatedAt: moment(r.UpdatedAt),
	}
	if err := json.Unmarshal(r.ShipTo, &o.ShipTo); err != nil {
		return core.Order{}, fmt.Errorf("address of order %s: %w", r.ID, err)
	}
	return o, nil
}

func moment(microseconds int64) time.Time { return time.UnixMicro(microseconds).UTC() }

// No column of these two has the name of one of the other table: they stand in a join as well.
const (
	orderColumns = `id, number, version, entries, status, currency, total, email, customer_name, ship_to, deadline,
	attempt_id, attempt_method, attempt_state, cancel_reason, created_at, updated_at`
	lineColumns = "order_id, position, sku, product_id, name, quantity, unit_price, line_total"
)

const (
	insertOrders = "INSERT INTO orders (" + orderColumns + ") VALUES "
	insertLines  = "INSERT INTO order_line (" + lineColumns + ") VALUES "

	orderWidth = 17 // columns
	lineWidth  = 8
)

// InsertOrders writes orders without their lines. A duplicate key is one of an ID or a number.
func InsertOrders(ctx context.Context, tx *sqldb.Tx, orders []core.Order) error {
	args := make([]any, 0, orderWidth*len(orders))
	for _, o := range orders {
		shipTo, err := json.Marshal(o.ShipTo)
		if err != nil {
			return err
		}
		args = append(args, o.ID, o.Number, o.Version, o.Entries, o.Status, o.Total.Currency, o.Total.Amount,
			o.Customer.Email, o.Customer.Name, shipTo, o.Deadline.UnixMicro(),
			o.Attempt.ID, o.Attempt.Method, o.Attempt.State, o.CancelReason, o.CreatedAt.UnixMicro(), o.UpdatedAt.UnixMicro())
	}
	_, err := tx.Exec(ctx, insertOrders+sqldb.Placeholders(len(orders), orderWidth), args...)
	return err
}

// InsertLines writes all lines of orders at once.
func InsertLines(ctx context.Context, tx *sqldb.Tx, orders []core.Order) error {
	var args []any
	for _, o := range orders {
		for i, l := range o.Lines {
			args = append(args, o.ID, i, l.SKU, l.ProductID, l.Name, l.Quantity, l.UnitPrice.Amount, l.Total.Amount)
		}
	}
	_, err := tx.Exec(ctx, insertLines+sqldb.Placeholders(len(args)/lineWidth, lineWidth), args...)
	return err
}
