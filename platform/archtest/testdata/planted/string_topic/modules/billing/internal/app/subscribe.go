package app

import (
	"fmt"

	"example.com/shop/modules/order"
)

const topic = "order." + kind // want: names the event "order.placed" of module order

const kind = "placed"

func subscribe(to func(topic string)) {
	to("order.cancelled")                       // want: names the event "order.cancelled"
	to(fmt.Sprintf("%s.%s", "catalog", change)) // want: names the event "catalog.stock_changed"
	to(order.TopicPlaced)                       // want: names the event "order.placed"
	to("order.plcaed")
}

const change = "stock_changed"
