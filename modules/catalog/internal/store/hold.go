package store

import (
	"context"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Hold is the answer to a call of Reserve, and what it answered to.
type Hold struct {
	Key         string
	Fingerprint [32]byte
	catalog.Reservation

	Claimed bool
}

const (
	insertHolds = `INSERT INTO hold
	(hold_key, order_id, fingerprint, version, currency, total, expires_at, created_at) VALUES `
	insertReservations = `INSERT INTO reservation
	(order_id, line_no, sku, location, product_id, name, quantity, shipped, unit_price, state, claimed, expires_at) VALUES `

	holdColumns        = 8
	reservationColumns = 12
)

// InsertHolds records holds and their lines. When a key or an order has one, the error is
// sqldb.IsDuplicate, and nothing is written.
func InsertHolds(ctx context.Context, tx *sqldb.Tx, holds []Hold, now time.Time) error {
	var args, lines []any
	for _, h := range holds {
		until := h.HoldUntil.UnixMicro()
		args = append(args, h.Key, h.OrderID, h.Fingerprint[:], 0, string(h.Total.Currency), h.Total.Amount, until, now.UnixMicro())
		for i, l := range h.Lines {
			lines = append(lines, h.OrderID, i, l.SKU, Location, l.ProductID.UUID, l.Name, l.Quantity, 0, l.UnitPrice.Amount,
				string(core.Held), 0, until)
		}
	}
	if _, err := tx.Exec(ctx, insertHolds+sqldb.Placeholders(len(holds), holdColumns), args...); err != nil {
		return fmt.Errorf("insert hold: %w", err)
	}
	rows := len(lines) / reservationColumns
	if _, err := tx.Exec(ctx, insertReservations+sqldb.Placeholders(rows, reservationColumns), lines...); err != nil {
		return fmt.Errorf("insert reservations: %w", err)
	}
	return nil
}

const selectHold = `SELECT h.order_id, h.fingerprint, h.currency, h.total, h.expires_at,
		r.sku, r.product_id, r.name, r.quantity, r.unit_price, r.claimed
	FROM hold h JOIN reservation r ON r.order_id = h.order_id
	WHERE h.hold_key = ? ORDER BY r.line_no`

type holdRow struct {
	OrderID     id.UUID `db:"order_id"`
	Fingerprint []byte  `db:"fingerprint"`
	Currency    string  `db:"currency"`
	Total       int64   `db:"total"`
	ExpiresAt   int64   `db:"expires_at"`
	SKU         string  `db:"sku"`
	ProductID   id.UUID `db:"product_id"`
	Name        string  `db:"name"`
	Quantity    int64   `db:"quantity"`
	UnitPrice   int64   `db:"unit_price"`
	Claimed     bool    `db:"claimed"`
}

// FindHold reads what was answered to a key; false when nothing was.
func FindHold(ctx context.Context, r reader, key string) (Hold, bool, error) {
	var rows []holdRow
	if err := r.Select(ctx, &rows, selectHold, key); err != nil {
		return Hold{}, false, fmt.Errorf("read hold: %w", err)
	}
	if len(rows) == 0 {
		return Hold{}, false, nil
	}
	h, err := holdOf(key, rows)
	return h, true, err
}

func holdOf(key string, rows []holdRow) (Hold, error) {
	first := rows[0]
	currency := money.Currency(first.Currency)
	h := Hold{Key: key, Claimed: first.Claimed}
	copy(h.Fingerprint[:], first.Fingerprint)
	h.OrderID = first.OrderID
	h.HoldUntil = time.UnixMicro(first.ExpiresAt).UTC()
	h.Total = money.Money{Amount: first.Total, Currency: currency}
	for _, row := range rows {
		line, err := core.PriceLine(
			catalog.ReserveLine{SKU: row.SKU, Quantity: row.Quantity},
			core.Offer{ProductID: catalog.ProductID{UUID: row.ProductID}, Name: row.Name},
			money.Money{Amount: row.UnitPrice, Currency: currency})
		if err != nil {
			return Hold{}, fmt.Errorf("hold of order %s: %w", h.OrderID, err)
		}
		h.Lines = append(h.Lines, line)
	}
	return h, nil
}

const (
	extendHold         = "UPDATE hold SET expires_at = ? WHERE order_id = ?"
	extendReservations = "UPDATE reservation SET expires_at = ? WHERE order_id = ?"
)

// ExtendHold sets another deadline.
func ExtendHold(ctx context.Context, tx *sqldb.Tx, orderID id.UUID, until time.Time) error {
	for _, query := range []string{extendHold, extendReservations} {
		if _, err := tx.Exec(ctx, query, until.UnixMicro(), orderID); err != nil {
			return fmt.Errorf("extend hold of order %s: %w", orderID, err)
		}
	}
	return nil
}

const (
	selectVersion = "SELECT version FROM hold WHERE order_id = ? FOR UPDATE"
	raiseVersion  = "UPDATE hold SET version = version + 1 WHERE order_id = ? AND version = ?"
)

// RaiseVersion makes room for one event of the reservation and answers its version.
func RaiseVersion(ctx context.Context, tx *sqldb.Tx, orderID id.UUID) (int64, error) {
	var version int64
	if err := tx.Get(ctx, &version, selectVersion, orderID); err != nil {
		return 0, fmt.Errorf("version of the hold of order %s: %w", orderID, err)
	}
	n, err := tx.ExecCount(ctx, raiseVersion, orderID, version)
	if err == nil && n != 1 {
		err = fmt.Errorf("%d rows have version %d", n, version)
	}
	if err != nil {
		return 0, fmt.Errorf("raise version of the hold of order %s: %w", orderID, err)
	}
	return version + 1, nil
}
