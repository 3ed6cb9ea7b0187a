package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Take holds what is needed, all of it or, when the answer is false, some of it: then the transaction
// must roll back. Needs are sorted and one per SKU, so that all who take lock the rows in one order.
func Take(ctx context.Context, tx *sqldb.Tx, needs []core.Need) (bool, error) {
	for some := range slices.Chunk(needs, mostChanges) {
		query, args := take(padded(some))
		taken, err := tx.ExecCount(ctx, query, args...)
		if err != nil {
			return false, fmt.Errorf("hold stock: %w", err)
		}
		if taken != int64(len(some)) {
			return false, nil
		}
	}
	return true, nil
}

func take(needs []core.Need) (string, []any) {
	choice, in := perRow("sku", len(needs))
	query := "UPDATE stock SET held = held + " + choice + " WHERE location = ? AND " + in +
		" AND on_hand - held - allocated >= " + choice
	args := make([]any, 0, 5*len(needs)+1)
	for _, n := range needs {
		args = append(args, n.SKU, n.Quantity)
	}
	args = append(args, Location)
	for _, n := range needs {
		args = append(args, n.SKU)
	}
	for _, n := range needs {
		args = append(args, n.SKU, n.Quantity)
	}
	return query, args
}

const selectStock = "SELECT sku, on_hand, held, allocated FROM stock WHERE location = ? AND sku IN (?)"

type stockRow struct {
	SKU       string `db:"sku"`
	OnHand    int64  `db:"on_hand"`
	Held      int64  `db:"held"`
	Allocated int64  `db:"allocated"`
}

// Stock reads the stock of some SKUs; those that never had any are absent.
func Stock(ctx context.Context, r reader, skus []string) (map[string]core.Stock, error) {
	return stock(ctx, r, selectStock, skus)
}

// LockStock is Stock with the rows locked, in the order of their SKUs.
func LockStock(ctx context.Context, tx *sqldb.Tx, skus []string) (map[string]core.Stock, error) {
	return stock(ctx, tx, selectStock+" ORDER BY sku FOR UPDATE", skus)
}

func stock(ctx context.Context, r reader, query string, skus []string) (map[string]core.Stock, error) {
	found := make(map[string]core.Stock, len(skus))
	if len(skus) == 0 {
		return found, nil
	}
	var rows []stockRow
	if err := r.SelectIn(ctx, &rows, query, Location, padded(skus)); err != nil {
		return nil, fmt.Errorf("read stock: %w", err)
	}
	for _, row := range rows {
		found[row.SKU] = core.Stock(row)
	}
	return found, nil
}

// ErrNoStock says that a row of stock is missing which a promise was made from.
var ErrNoStock = errors.New("a SKU has no stock row")

// mostChanges bounds one UPDATE of the stock, because an engine walks its CASE lists anew for each row.
const mostChanges = 64

// ApplyChanges adds the changes, which are sorted and one per SKU: the rows of all who do so are locked
// in one order. It returns ErrNoStock, or the violation of a CHECK when a count would become negative.
func ApplyChanges(ctx context.Context, tx *sqldb.Tx, changes []core.Change) error {
	for some := range slices.Chunk(changes, mostChanges) {
		query, args := applyChanges(padded(some))
		n, err := tx.ExecCount(ctx, query, args...)
		if err == nil && n != int64(len(some)) {
			err = fmt.Errorf("%w: %d of %d changed", ErrNoStock, n, len(some))
		}
		if err != nil {
			return fmt.Errorf("change stock: %w", err)
		}
	}
	return nil
}

func applyChanges(changes []core.Change) (string, []any) {
	choice, in := perRow("sku", len(changes))
	query := "UPDATE stock SET on_hand = on_hand + " + choice + ", held = held + " + choice +
		", allocated = allocated + " + choice + " WHERE location = ? AND " + in
	args := make([]any, 0, 7*len(changes)+1)
	for _, count := range []func(core.Change) int64{
		func(c core.Change) int64 { return c.OnHand },
		func(c core.Change) int64 { return c.Held },
		func(c core.Change) int64 { return c.Allocated },
	} {
		for _, c := range changes {
			args = append(args, c.SKU, count(c))
		}
	}
	args = append(args, Location)
	for _, c := range changes {
		args = append(args, c.SKU)
	}
	return query, args
}

const insertStock = "INSERT INTO stock (sku, location, on_hand, held, allocated) VALUES "

// PutOnHand sets the pieces of SKUs whose rows are locked, or makes the rows.
func PutOnHand(ctx context.Context, tx *sqldb.Tx, stock []core.Need) error {
	args := make([]any, 0, 5*len(stock))
	for _, s := range stock {
		args = append(args, s.SKU, Location, s.Quantity, 0, 0)
	}
	tail := tx.Engine().OnDuplicate([]string{"sku", "location"}, "on_hand")
	if err := insertRows(ctx, tx, insertStock, tail, 5, args); err != nil {
		return fmt.Errorf("put stock: %w", err)
	}
	return nil
}

// Reasons of movements.
const (
	ReasonSet     = "set"     // counted: by the operator or a partner's feed
	ReasonShipped = "shipped" // the pieces left
)

// Movement is a change of the pieces on hand.
type Movement struct {
	SKU      string
	Quantity int64
}

const insertMovements = "INSERT INTO stock_movement (id, sku, location, quantity, reason, reference, created_at) VALUES "

// InsertMovements records why the pieces on hand changed. Reference (at most 64 characters) names
// who or what: the operator, a source, a shipment.
func InsertMovements(ctx context.Context, tx *sqldb.Tx, moves []Movement, reason, reference string, now time.Time) error {
	args := make([]any, 0, 7*len(moves))
	for _, m := range moves {
		args = append(args, id.At(now), m.SKU, Location, m.Quantity, reason, reference, now.UnixMicro())
	}
	if err := insertRows(ctx, tx, insertMovements, "", 7, args); err != nil {
		return fmt.Errorf("record stock movements: %w", err)
	}
	return nil
}
