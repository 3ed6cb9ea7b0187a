package store

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

// The SKU's name is stored with it, so that an order is priced without a look at its products.
const selectOffers = `SELECT s.sku, s.product_id, s.name, p.currency, p.amount
	FROM sku s LEFT JOIN price p ON p.sku = s.sku
	WHERE s.sku IN (?) AND s.status = 'active'`

type offerRow struct {
	SKU       string  `db:"sku"`
	ProductID id.UUID `db:"product_id"`
	Name      string  `db:"name"`
	Currency  *string `db:"currency"`
	Amount    *int64  `db:"amount"`
}

// Offers reads what the SKUs are sold for. SKUs that are not sold are absent.
func Offers(ctx context.Context, r reader, skus []string) (map[string]core.Offer, error) {
	var rows []offerRow
	if err := r.SelectIn(ctx, &rows, selectOffers, padded(skus)); err != nil {
		return nil, fmt.Errorf("read offers: %w", err)
	}
	offers := make(map[string]core.Offer, len(skus))
	for _, row := range rows {
		offer, ok := offers[row.SKU]
		if !ok {
			offer = core.Offer{
				ProductID: catalog.ProductID{UUID: row.ProductID}, Name: row.Name,
				Prices: make(map[money.Currency]int64, 2),
			}
			offers[row.SKU] = offer
		}
		if row.Currency != nil && row.Amount != nil {
			offer.Prices[money.Currency(*row.Currency)] = *row.Amount
		}
	}
	return offers, nil
}
