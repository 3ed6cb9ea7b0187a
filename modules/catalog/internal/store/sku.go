package store

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const selectSKU = "SELECT sku FROM sku WHERE sku = ?"

// SKUExists says whether there is exactly such a SKU, sold or not: to MySQL a space at the end makes
// no difference.
func SKUExists(ctx context.Context, db *sqldb.DB, sku string) (bool, error) {
	var found string
	err := db.Get(ctx, &found, selectSKU, sku)
	if sqldb.IsNoRows(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for SKU: %w", err)
	}
	return found == sku, nil
}
