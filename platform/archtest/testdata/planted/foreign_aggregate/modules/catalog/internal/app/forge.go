package app

import (
	"example.com/shop/modules/catalog"
	"example.com/shop/platform/event"
)

func forge(of string, version int64) []event.Aggregate {
	return []event.Aggregate{
		{Type: catalog.AggregateType, Version: version},
		{Type: "order", Version: version},           // want: states events of the aggregate "order"
		event.Aggregate{Type: of, Version: version}, // want: states events of an aggregate whose type can't be read
	}
}
