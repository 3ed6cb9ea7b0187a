package app

import "example.com/shop/modules/order"

func forge(id order.ID) any {
	var fact struct{ order.Cancelled } // want: embeds order.Cancelled
	fact.Order = id
	return []any{fact, order.CloseOf(id)} // want: lets a contract make a order.Closed
}
