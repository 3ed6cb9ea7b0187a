package app

import (
	"context"

	stock "example.com/shop/modules/catalog"
)

// Types of another contract that are no interface are values like any other.
type view struct {
	products map[string]stock.Product
	queue    chan stock.StockChanged
}

type key struct{}

func seen(ctx context.Context, v any) ([]stock.Product, bool) {
	p, ok := v.(stock.Product)
	again, _ := ctx.Value(key{}).(stock.ProductID)
	p.ID = again
	return []stock.Product{p}, ok
}

var _ stock.Service = (*reserver)(nil)

type reserver struct{ stock.Service }

// The order's own route begins like nobody else's.
const location = "/v1/orders/"

// Nor are these catalog's.
const (
	sheet    = "http://localhost:8080/v1/productsheet"
	pictures = "https://images.example.com/products"
	words    = "GET /v1"
)
