module example.com/shop

go 1.26

require example.com/shop/modules/stock v0.0.0

replace example.com/shop/modules/stock v0.0.0 => ./docs/stock // want: replaces example.com/shop/modules/stock by ./docs/stock

replace (
	example.com/clock => ../clock // want: replaces example.com/clock by ../clock
	"example.com/shop" => example.com/other/shop v1.0.0 // want: replaces example.com/shop
	example.com/money => example.com/fork/money v1.2.3
)
