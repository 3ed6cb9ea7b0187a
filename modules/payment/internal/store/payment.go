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

const (
	insertPayments = `INSERT INTO payment
		(id, order_id, live_order_id, version, status, wish, method, token, amount, currency, provider, provider_ref,
		decline_code, decline_reason, created_at, updated_at) VALUES `
	paymentColumns = 16
)

// Insert writes new attempts. sqldb.IsDuplicate tells that one of them exists, or that its order has
// another live one; then none is written.
func Insert(ctx context.Context, tx *sqldb.Tx, attempts []core.Attempt) error {
	args := make([]any, 0, paymentColumns*len(attempts))
	for _, a := range attempts {
		args = append(args,
			a.ID, a.OrderID, live(a), a.Version, a.Status, a.Wish, a.Method, a.Token, a.Amount.Amount, a.Amount.Currency,
			a.Provider, a.Reference, a.Code, a.Reason, a.CreatedAt.UnixMicro(), a.UpdatedAt.UnixMicro())
	}
	if _, err := tx.Exec(ctx, insertPayments+sqldb.Placeholders(len(attempts), paymentColumns), args...); err != nil {
		return fmt.Errorf("insert %d payments, first %s: %w", len(attempts), attempts[0].ID, err)
	}
	return nil
}

const columns = `id, order_id, version, status, wish, method, token, amount, currency, provider, provider_ref,
	decline_code, decline_reason, created_at, updated_at`

const (
	selectPayment  = `SELECT ` + columns + ` FROM payment WHERE id = ?`
	lockPayment    = selectPayment + ` FOR UPDATE`
	selectPayments = `SELECT ` + columns + ` FROM payment WHERE id IN (?)`
	// Locked in the order of the index, as everybody does.
	lockLive = `SELECT ` + columns + ` FROM payment WHERE live_order_id IN (?) ORDER BY live_order_id FOR UPDATE`
)

// getter is a database or a transaction.
type getter interface {
	Get(ctx context.Context, dst any, query string, args ...any) error
}

// Get reads an attempt. It returns payment.ErrNotFound.
func Get(ctx context.Context, db *sqldb.DB, paymentID payment.ID) (core.Attempt, error) {
	return get(ctx, db, selectPayment, paymentID)
}

// Lock is Get of the attempt as it stands now, which stays so until the transaction ends.
func Lock(ctx context.Context, tx *sqldb.Tx, paymentID payment.ID) (core.Attempt, error) {
	return get(ctx, tx, lockPayment, paymentID)
}

func get(ctx context.Context, from getter, query string, paymentID payment.ID) (core.Attempt, error) {
	var r row
	err := from.Get(ctx, &r, query, paymentID)
	if sqldb.IsNoRows(err) {
		return core.Attempt{}, payment.ErrNotFound
	}
	if err != nil {
		return core.Attempt{}, fmt.Errorf("read payment %s: %w", paymentID, err)
	}
	return r.attempt(), nil
}

// GetSet reads those of the attempts that exist.
func GetSet(ctx context.Context, db *sqldb.DB, paymentIDs []payment.ID) (map[payment.ID]core.Attempt, error) {
	var rows []row
	if err := db.SelectIn(ctx, &rows, selectPayments, paymentIDs); err != nil {
		return nil, fmt.Errorf("read %d payments: %w", len(paymentIDs), err)
	}
	attempts := make(map[payment.ID]core.Attempt, len(rows))
	for _, r := range rows {
		attempts[payment.ID{UUID: r.ID}] = r.attempt()
	}
	return attempts, nil
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

// LockLive reads and locks the live attempts of orders. An order that has none is left out.
func LockLive(ctx context.Context, tx *sqldb.Tx, orderIDs []id.UUID) (map[id.UUID]core.Attempt, error) {
	var rows []row
	if err := tx.SelectIn(ctx, &rows, lockLive, orderIDs); err != nil {
		return nil, fmt.Errorf("lock live payments of %d orders: %w", len(orderIDs), err)
	}
	attempts := make(map[id.UUID]core.Attempt, len(rows))
	for _, r := range rows {
		attempts[r.OrderID] = r.attempt()
	}
	return attempts, nil
}
