package app

import (
	"example.com/shop/modules/order"
	"example.com/shop/platform/id"
)

func either(fact order.Cancelled) id.UUID { return id.UUID(fact.Order) }
