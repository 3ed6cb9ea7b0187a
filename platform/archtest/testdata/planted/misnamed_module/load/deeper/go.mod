module example.com/shop/load/deeper // want: a Go module of its own
