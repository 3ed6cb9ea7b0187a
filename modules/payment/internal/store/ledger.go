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

const (
	insertEntries = `INSERT INTO ledger_entry
		(operation_id, kind, result, payment_id, amount, currency, provider_ref, at) VALUES `
	entryColumns = 8
)

// Posting is an entry with the attempt whose ledger it belongs to.
type Posting struct {
	core.Entry

	PaymentID payment.ID
}

// Post adds to ledgers. sqldb.IsDuplicate tells that one of the entries was there; then none is written.
func Post(ctx context.Context, tx *sqldb.Tx, postings []Posting) error {
	if len(postings) == 0 {
		return nil
	}
	args := make([]any, 0, entryColumns*len(postings))
	for _, p := range postings {
		args = append(args,
			p.Operation, p.Kind, p.Result, p.PaymentID, p.Amount.Amount, p.Amount.Currency, p.Reference, p.At.UnixMicro())
	}
	if _, err := tx.Exec(ctx, insertEntries+sqldb.Placeholders(len(postings), entryColumns), args...); err != nil {
		return fmt.Errorf("add %d entries to ledgers, first of payment %s: %w", len(postings), postings[0].PaymentID, err)
	}
	return nil
}

type entryRow struct {
	Operation id.UUID `db:"operation_id"`
	Kind      string  `db:"kind"`
	Result    string  `db:"result"`
	PaymentID id.UUID `db:"payment_id"`
	Amount    int64   `db:"amount"`
	Currency  string  `db:"currency"`
	Reference string  `db:"provider_ref"`
	At        int64   `db:"at"`
}

func (r entryRow) entry() core.Entry {
	return core.Entry{
		Operation: r.Operation, Kind: core.Kind(r.Kind), Result: core.Result(r.Result),
		Amount:    money.Money{Amount: r.Amount, Currency: money.Currency(r.Currency)},
		Reference: r.Reference, At: time.UnixMicro(r.At).UTC(),
	}
}

// Entries of one microsecond sort as they must have happened.
const selectEntries = `SELECT operation_id, kind, result, payment_id, amount, currency, provider_ref, at
	FROM ledger_entry WHERE payment_id IN (?)
	ORDER BY at, CASE kind WHEN 'authorisation' THEN 0 WHEN 'refund' THEN 2 WHEN 'chargeback' THEN 3 ELSE 1 END,
	CASE result WHEN 'requested' THEN 0 ELSE 1 END, operation_id`

// reader is a database or a transaction.
type reader interface {
	SelectIn(ctx context.Context, dst any, query string, args ...any) error
}

// Ledgers reads the ledgers of attempts, oldest entry first.
func Ledgers(ctx context.Context, from reader, paymentIDs ...payment.ID) (map[payment.ID]core.Ledger, error) {
	ledgers := make(map[payment.ID]core.Ledger, len(paymentIDs))
	if len(paymentIDs) == 0 {
		return ledgers, nil
	}
	var rows []entryRow
	if err := from.SelectIn(ctx, &rows, selectEntries, paymentIDs); err != nil {
		return nil, fmt.Errorf("read ledgers: %w", err)
	}
	for _, r := range rows {
		owner := payment.ID{UUID: r.PaymentID}
		ledgers[owner] = append(ledgers[owner], r.entry())
	}
	return ledgers, nil
}
