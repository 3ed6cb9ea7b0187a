package app

import stock "example.com/shop/modules/catalog"

// Types of another contract that are no interface are values like any other.
type view struct {
	products map[string]stock.Product
	queue    chan stock.StockChanged
}

func seen(v any) ([]stock.Product, bool) {
	p, ok := v.(stock.Product)
	again, _ := v.(stock.ProductID)
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
