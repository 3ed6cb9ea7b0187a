module (
	`example.com/shop/modules/order` // want: and lies in load
)
