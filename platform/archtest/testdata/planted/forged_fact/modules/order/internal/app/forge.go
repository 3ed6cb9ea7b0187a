package app

import (
	. "example.com/shop/modules/catalog"
	"example.com/shop/platform/event"
)

type change = StockChanged

type copied StockChanged // want: gives another name to catalog.StockChanged

type wrapped struct{ *StockChanged } // want: embeds catalog.StockChanged

type imitated struct{ SKU string }

func (imitated) EventType() event.Type { return event.Type{Name: "stock_changed"} } // want: an event outside of the contract

func forge(x struct{ SKU string }) (fact StockChanged, all []event.Event) { // want: makes a catalog.StockChanged
	type local = StockChanged // want: gives another name to catalog.StockChanged
	var zero change           // want: makes a catalog.StockChanged
	var array [2]StockChanged // want: makes a catalog.StockChanged
	return zero, []event.Event{
		change{SKU: "A"},  // want: makes a catalog.StockChanged
		&StockChanged{},   // want: makes a catalog.StockChanged
		new(StockChanged), // want: makes a catalog.StockChanged
		(StockChanged)(x), // want: makes a catalog.StockChanged
		array[0],
		[]StockChanged{{}}[0],            // want: makes a catalog.StockChanged
		map[string]*change{"A": {}}["A"], // want: makes a catalog.StockChanged
	}
}
