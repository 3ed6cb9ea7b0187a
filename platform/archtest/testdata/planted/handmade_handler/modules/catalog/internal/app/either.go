package app

import (
	"example.com/shop/modules/order"
	"example.com/shop/platform/id"
)

func either(fact order.Closed) id.UUID { return id.UUID(fact.Order) }
