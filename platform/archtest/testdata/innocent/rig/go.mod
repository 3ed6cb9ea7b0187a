// A rig with libraries of its own.
module example.com/shop/rig

go 1.26

require example.com/shop v0.0.0

replace example.com/shop => ../

replace example.com/money => example.com/fork/money v1.2.3
