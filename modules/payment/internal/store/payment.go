// Package store reads and writes attempts and their ledger.
package store

import (
	"context"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

type row struct {
	ID        id.UUID `db:"id"`
	OrderID   id.UUID `db:"order_id"`
	Version   int64   `db:"version"`
	Status    string  `db:"status"`
	Wish      string  `db:"wish"`
	Method    string  `db:"method"`
	Token     string  `db:"token"`
	Amount    int64   `db:"amount"`
	Currency  string  `db:"currency"`
	Provider  string  `db:"provider"`
	Reference string  `db:"provider_ref"`
	Code      string  `db:"decline_code"`
	Reason    string  `db:"decline_reason"`
	CreatedAt int64   `db:"created_at"`
	UpdatedAt int64   `db:"updated_at"`
}

func (r row) attempt() core.Attempt {
	return core.Attempt{
		ID: payment.ID{UUID: r.ID}, OrderID: r.OrderID, Version: r.Version, Status: core.Status(r.Status),
		Wish: core.Wish(r.Wish), Method: r.Method, Token: r.Token,
		Amount:   money.Money{Amount: r.Amount, Currency: money.Currency(r.Currency)},
		Provider: r.Provider, Reference: r.Reference, Code: r.Code, Reason: r.Reason,
		CreatedAt: time.UnixMicro(r.CreatedAt).UTC(), UpdatedAt: time.UnixMicro(r.UpdatedAt).UTC(),
	}
}

// live is what the column live_order_id holds: NULL for the zero ID.
func live(a core.Attempt) id.UUID {
	if a.Live() {
		return a.OrderID
	}
	return id.UUID{}
}

const insertPayment = `INSERT INTO payment
	(id, order_id, live_order_id, version, status, wish, method, token, amount, currency, provider, provider_ref,
	decline_code, decline_reason, created_at, updated_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// Insert writes a new attempt. sqldb.IsDuplicate tells that it exists, or that its order has another
// live one.
func Insert(ctx context.Context, tx *sqldb.Tx, a core.Attempt) error {
	_, err := tx.Exec(ctx, insertPayment,
		a.ID, a.OrderID, live(a), a.Version, a.Status, a.Wish, a.Method, a.Token, a.Amount.Amount, a.Amount.Currency,
		a.Provider, a.Reference, a.Code, a.Reason, a.CreatedAt.UnixMicro(), a.UpdatedAt.UnixMicro())
	if err != nil {
		return fmt.Errorf("insert payment %s: %w", a.ID, err)
	}
	return nil
}

const updatePayment = `UPDATE payment
	SET live_order_id = ?, version = ?, status = ?, wish = ?, token = ?, provider_ref = ?,
	decline_code = ?, decline_reason = ?, updated_at = ?
	WHERE id = ? AND version = ? AND status = ? AND wish = ?`

// Update writes next over before, and answers false if the attempt is not as it was read.
func Update(ctx context.Context, tx *sqldb.Tx, before, next core.Attempt) (bool, error) {
	n, err := tx.ExecCount(ctx, updatePayment,
		live(next), next.Version, next.Status, next.Wish, next.Token, next.Reference,
		next.Code, next.Reason, next.UpdatedAt.UnixMicro(),
		before.ID, before.Version, before.Status, before.Wish)
	if err != nil {
		return false, fmt.Errorf("update payment %s: %w", before.ID, err)
	}
	return n == 1, nil
}

const columns = `id, order_id, version, status, wish, method, token, amount, currency, provider, provider_ref,
	decline_code, decline_reason, created_at, updated_at`

const (
	selectPayment = `SELECT ` + columns + ` FROM payment WHERE id = ?`
	selectLive    = `SELECT ` + columns + ` FROM payment WHERE live_order_id = ? FOR UPDATE`
)

// Get reads an attempt. It returns payment.ErrNotFound.
func Get(ctx context.Context, db *sqldb.DB, paymentID payment.ID) (core.Attempt, error) {
	var r row
	err := db.Get(ctx, &r, selectPayment, paymentID)
	if sqldb.IsNoRows(err) {
		return core.Attempt{}, payment.ErrNotFound
	}
	if err != nil {
		return core.Attempt{}, fmt.Errorf("read payment %s: %w", paymentID, err)
	}
	return r.attempt(), nil
}

const selectExists = `SELECT COUNT(*) FROM payment WHERE id = ?`

// Exists says whether an attempt has been recorded.
func Exists(ctx context.Context, tx *sqldb.Tx, paymentID payment.ID) (bool, error) {
	var n int
	if err := tx.Get(ctx, &n, selectExists, paymentID); err != nil {
		return false, fmt.Errorf("look for payment %s: %w", paymentID, err)
	}
	return n > 0, nil
}

// LockLive reads and locks the live attempt of an order; false if it has none.
func LockLive(ctx context.Context, tx *sqldb.Tx, orderID id.UUID) (core.Attempt, bool, error) {
	var r row
	err := tx.Get(ctx, &r, selectLive, orderID)
	if sqldb.IsNoRows(err) {
		return core.Attempt{}, false, nil
	}
	if err != nil {
		return core.Attempt{}, false, fmt.Errorf("lock live payment of order %s: %w", orderID, err)
	}
	return r.attempt(), true, nil
}
