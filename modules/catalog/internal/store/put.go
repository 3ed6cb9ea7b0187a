package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Put is a product to be written under its ID.
type Put struct {
	ID  id.UUID
	New bool
	core.Product
}

// PutCategories makes the categories that don't exist. They are sorted, so that two imports make them
// in one order.
func PutCategories(ctx context.Context, tx *sqldb.Tx, categories []core.Category) error {
	slices.SortFunc(categories, func(a, b core.Category) int { return slices.Compare(a.ID[:], b.ID[:]) })
	args := make([]any, 0, 4*len(categories))
	for _, c := range categories {
		args = append(args, c.ID, c.Parent, c.Name, core.JoinPath(c.Path))
	}
	head := tx.Engine().InsertIgnore() + " INTO category (id, parent_id, name, path) VALUES "
	if err := insertRows(ctx, tx, head, "", 4, args); err != nil {
		return fmt.Errorf("put categories: %w", err)
	}
	return nil
}

const insertProduct = `INSERT INTO product
	(id, source, partner_id, name, description, brand, category_id, images, status, created_at, updated_at) VALUES `

// PutProducts writes products, new or known.
func PutProducts(ctx context.Context, tx *sqldb.Tx, source string, products []Put, now time.Time) error {
	args := make([]any, 0, 11*len(products))
	for _, p := range products {
		images, err := json.Marshal(p.Images)
		if err != nil {
			return fmt.Errorf("images of product %s: %w", p.ID, err)
		}
		args = append(args, p.ID, source, p.PartnerID, p.Name, p.Description, p.Brand, core.CategoryID(p.Category),
			string(images), Active, now.UnixMicro(), now.UnixMicro())
	}
	tail := tx.Engine().OnDuplicate([]string{"id"},
		"name", "description", "brand", "category_id", "images", "status", "updated_at")
	if err := insertRows(ctx, tx, insertProduct, tail, 11, args); err != nil {
		return fmt.Errorf("put products: %w", err)
	}
	return nil
}

const (
	deleteTerms = "DELETE FROM product_term WHERE product_id IN (?)"
	insertTerms = "INSERT INTO product_term (term, product_id) VALUES "
)

type termRow struct {
	term    string
	product id.UUID
}

// PutTerms makes products findable. Terms are sorted, as they lie in the table.
func PutTerms(ctx context.Context, tx *sqldb.Tx, products []Put) error {
	var known []id.UUID
	var rows []termRow
	for _, p := range products {
		if !p.New {
			known = append(known, p.ID)
		}
		for _, term := range core.Terms(p.Product) {
			rows = append(rows, termRow{term, p.ID})
		}
	}
	if len(known) > 0 {
		if _, err := tx.ExecIn(ctx, deleteTerms, padded(known)); err != nil {
			return fmt.Errorf("delete terms: %w", err)
		}
	}
	slices.SortFunc(rows, func(a, b termRow) int {
		return cmp.Or(cmp.Compare(a.term, b.term), slices.Compare(a.product[:], b.product[:]))
	})
	args := make([]any, 0, 2*len(rows))
	for _, r := range rows {
		args = append(args, r.term, r.product)
	}
	if err := insertRows(ctx, tx, insertTerms, "", 2, args); err != nil {
		return fmt.Errorf("put terms: %w", err)
	}
	return nil
}

const insertSKU = "INSERT INTO sku (sku, product_id, name, options, place, status) VALUES "

// PutSKUs writes the variants of products. Those in known exist and belong to the product already;
// when another import made one meanwhile, the error sqldb.IsDuplicate.
func PutSKUs(ctx context.Context, tx *sqldb.Tx, products []Put, known map[string]id.UUID) error {
	var fresh, old []any
	for _, p := range products {
		for place, v := range p.Variants {
			options, err := json.Marshal(v.Options)
			if err != nil {
				return fmt.Errorf("options of SKU %s: %w", v.SKU, err)
			}
			row := []any{v.SKU, p.ID, core.NameOf(p.Name, v.Options), string(options), place, Active}
			if _, exists := known[v.SKU]; exists {
				old = append(old, row...)
			} else {
				fresh = append(fresh, row...)
			}
		}
	}
	if err := insertRows(ctx, tx, insertSKU, "", 6, fresh); err != nil {
		return fmt.Errorf("insert SKUs: %w", err)
	}
	tail := tx.Engine().OnDuplicate([]string{"sku"}, "name", "options", "place", "status")
	if err := insertRows(ctx, tx, insertSKU, tail, 6, old); err != nil {
		return fmt.Errorf("update SKUs: %w", err)
	}
	return nil
}

const archiveSKUs = "UPDATE sku SET status = 'archived' WHERE sku IN (?)"

// ArchiveSKUs ends the sale of variants that a product no longer has. Their rows stay: orders and
// stock refer to them.
func ArchiveSKUs(ctx context.Context, tx *sqldb.Tx, skus []string) error {
	if len(skus) == 0 {
		return nil
	}
	if _, err := tx.ExecIn(ctx, archiveSKUs, padded(skus)); err != nil {
		return fmt.Errorf("archive SKUs: %w", err)
	}
	return nil
}

const (
	deletePrices = "DELETE FROM price WHERE sku IN (?)"
	insertPrices = "INSERT INTO price (sku, currency, amount, compare_at) VALUES "
)

// PutPrices replaces the prices of all variants of the products.
func PutPrices(ctx context.Context, tx *sqldb.Tx, products []Put, known map[string]id.UUID) error {
	var old []string
	var args []any
	for _, p := range products {
		for _, v := range p.Variants {
			if _, exists := known[v.SKU]; exists {
				old = append(old, v.SKU)
			}
			for _, price := range v.Prices {
				args = append(args, v.SKU, string(price.Amount.Currency), price.Amount.Amount, compareAt(price))
			}
		}
	}
	if len(old) > 0 {
		if _, err := tx.ExecIn(ctx, deletePrices, padded(old)); err != nil {
			return fmt.Errorf("delete prices: %w", err)
		}
	}
	if err := insertRows(ctx, tx, insertPrices, "", 4, args); err != nil {
		return fmt.Errorf("insert prices: %w", err)
	}
	return nil
}

func compareAt(p core.Price) *int64 {
	if p.CompareAt == nil {
		return nil
	}
	return &p.CompareAt.Amount
}

const (
	selectOwners   = "SELECT sku, product_id FROM sku WHERE sku IN (?)"
	selectSiblings = "SELECT sku, product_id FROM sku WHERE product_id IN (?)"
)

type ownerRow struct {
	SKU       string  `db:"sku"`
	ProductID id.UUID `db:"product_id"`
}

// Owners answers to which products SKUs belong; those that don't exist are absent.
func Owners(ctx context.Context, tx *sqldb.Tx, skus []string) (map[string]id.UUID, error) {
	return owners(ctx, tx, selectOwners, padded(skus))
}

// Variants answers the SKUs of products.
func Variants(ctx context.Context, tx *sqldb.Tx, products []id.UUID) (map[string]id.UUID, error) {
	if len(products) == 0 {
		return map[string]id.UUID{}, nil
	}
	return owners(ctx, tx, selectSiblings, padded(products))
}

func owners(ctx context.Context, tx *sqldb.Tx, query string, list any) (map[string]id.UUID, error) {
	var rows []ownerRow
	if err := tx.SelectIn(ctx, &rows, query, list); err != nil {
		return nil, fmt.Errorf("read SKUs: %w", err)
	}
	found := make(map[string]id.UUID, len(rows))
	for _, row := range rows {
		found[row.SKU] = row.ProductID
	}
	return found, nil
}
