module example.com/shop/bench

go 1.26
