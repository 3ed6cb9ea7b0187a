module example.com/shop/rig

replace example.com/shop => ../
