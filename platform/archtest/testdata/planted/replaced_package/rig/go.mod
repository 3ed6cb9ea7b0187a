module example.com/shop/rig

replace example.com/shop => ../shop // want: replaces example.com/shop by ../shop

replace example.com/shop/modules/stock => ../docs/stock // want: replaces example.com/shop/modules/stock
