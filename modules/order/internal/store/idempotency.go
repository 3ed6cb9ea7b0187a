package store

import (
	"context"
	"time"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Intent is one thing that a caller wants done once: its key, and what came with it.
type Intent struct {
	Caller      string
	Route       string
	Key         string
	Fingerprint []byte // SHA-256 of the request
}

// Claim is an intent with what it brings about.
type Claim struct {
	Intent

	OrderID order.ID
	At      time.Time
}

const (
	insertIntents = "INSERT INTO idempotency (caller, route, idem_key, order_id, fingerprint, created_at) VALUES "
	intentColumns = 6
)

// InsertClaims claims keys in the transaction of their effects. It waits for a transaction that claims
// one of them; a duplicate key says that the other one has committed.
func InsertClaims(ctx context.Context, tx *sqldb.Tx, claims []Claim) error {
	args := make([]any, 0, intentColumns*len(claims))
	for _, c := range claims {
		args = append(args, c.Caller, c.Route, c.Key, c.OrderID, c.Fingerprint, c.At.UnixMicro())
	}
	_, err := tx.Exec(ctx, insertIntents+sqldb.Placeholders(len(claims), intentColumns), args...)
	return err
}

const (
	selectBatchEnd = "SELECT created_at FROM idempotency WHERE created_at < ? ORDER BY created_at LIMIT 1 OFFSET ?"
	deleteIntents  = "DELETE FROM idempotency WHERE created_at <= ?"
)

// ForgetIntents deletes the oldest batch of keys that were claimed before a moment, and answers whether
// more are left. Keys of one microsecond go together, so that a batch may be a little larger.
func ForgetIntents(ctx context.Context, tx *sqldb.Tx, before time.Time, batch int) (more bool, err error) {
	end := before.UnixMicro() - 1
	err = tx.Get(ctx, &end, selectBatchEnd, before.UnixMicro(), batch-1)
	if err != nil && !sqldb.IsNoRows(err) {
		return false, err
	}
	more = err == nil
	_, err = tx.Exec(ctx, deleteIntents, end)
	return more, err
}

// Known is what became of an intent.
type Known struct {
	OrderID     order.ID `db:"order_id"`
	Fingerprint []byte   `db:"fingerprint"`
}

const selectIntent = "SELECT order_id, fingerprint FROM idempotency WHERE caller = ? AND route = ? AND idem_key = ?"

// Recall reads what became of an intent; IsNoRows tells that nothing did.
func Recall(ctx context.Context, db *sqldb.DB, in Intent) (Known, error) {
	var k Known
	err := db.Get(ctx, &k, selectIntent, in.Caller, in.Route, in.Key)
	return k, err
}
