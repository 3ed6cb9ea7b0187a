module example.com/shop/modules/order/internal/report // want: a Go module of its own
