package app

import (
	"context"

	"example.com/shop/modules/catalog"
	"example.com/shop/modules/order"
)

type orders interface {
	Read(ctx context.Context, id order.ID) (order.View, error) // want: uses order.View
}

type shelf struct {
	id    catalog.ProductID
	order order.ID
	fact  catalog.StockChanged
}

func price(p catalog.Product) int64 { return 0 } // want: uses catalog.Product
