package store

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Source is what is known of a partner's product.
type Source struct {
	ProductID id.UUID
	Hash      [32]byte
}

const selectSources = "SELECT partner_id, product_id, hash FROM source_row WHERE source = ? AND partner_id IN (?)"

type sourceRow struct {
	PartnerID string  `db:"partner_id"`
	ProductID id.UUID `db:"product_id"`
	Hash      []byte  `db:"hash"`
}

// Sources reads what is known of some of a partner's products.
func Sources(ctx context.Context, r reader, source string, partnerIDs []string) (map[string]Source, error) {
	var rows []sourceRow
	if err := r.SelectIn(ctx, &rows, selectSources, source, padded(partnerIDs)); err != nil {
		return nil, fmt.Errorf("read source rows: %w", err)
	}
	known := make(map[string]Source, len(rows))
	for _, row := range rows {
		s := Source{ProductID: row.ProductID}
		copy(s.Hash[:], row.Hash)
		known[row.PartnerID] = s
	}
	return known, nil
}

const insertSource = "INSERT INTO source_row (source, partner_id, product_id, hash) VALUES "

// SourceRow is what is to be remembered of a partner's product.
type SourceRow struct {
	PartnerID string
	Source
}

// InsertSources remembers new products. When another import was faster, the error sqldb.IsDuplicate.
func InsertSources(ctx context.Context, tx *sqldb.Tx, source string, rows []SourceRow) error {
	if err := insertRows(ctx, tx, insertSource, "", 4, sourceArgs(source, rows)); err != nil {
		return fmt.Errorf("insert source rows: %w", err)
	}
	return nil
}

// UpdateSources remembers the new hashes of known products, and locks their rows against another
// import of the same source.
func UpdateSources(ctx context.Context, tx *sqldb.Tx, source string, rows []SourceRow) error {
	tail := tx.Engine().OnDuplicate([]string{"source", "partner_id"}, "hash")
	if err := insertRows(ctx, tx, insertSource, tail, 4, sourceArgs(source, rows)); err != nil {
		return fmt.Errorf("update source rows: %w", err)
	}
	return nil
}

func sourceArgs(source string, rows []SourceRow) []any {
	args := make([]any, 0, 4*len(rows))
	for _, r := range rows {
		args = append(args, source, r.PartnerID, r.ProductID, r.Hash[:])
	}
	return args
}
