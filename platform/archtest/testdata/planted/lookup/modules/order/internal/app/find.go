package app

import (
	. "example.com/shop/modules/catalog"
	stock "example.com/shop/modules/catalog"
)

// Names of one's own for another's interface.
type (
	renamed  = stock.Service
	defined  stock.Service
	embedded interface {
		stock.Service
		Close() error
	}
	twice interface{ renamed }
)

func get[T any](v any) (found T) {
	found, _ = v.(T) // want: asserts that a value is T, which is an interface or may be one
	return found
}

func fill[T any](into *T) {}

func pair[A, B any]() {}

func find(v any) {
	_ = v.(stock.Service) // want: asserts that a value is catalog.Service
	_, _ = v.(Service)    // want: asserts that a value is catalog.Service
	_, _ = v.(renamed)    // want: asserts that a value is catalog.Service
	_, _ = v.(defined)    // want: asserts that a value is catalog.Service
	_, _ = v.(twice)      // want: asserts that a value is catalog.Service
	switch v.(type) {
	case nil, embedded: // want: asks in a type switch for catalog.Service
	}
	var empty stock.Service // want: has an empty variable for somebody to fill with catalog.Service
	fill(&empty)
	fill(new(renamed))               // want: has an empty variable for somebody to fill with catalog.Service
	_ = get[stock.Service](v)        // want: takes as a type argument catalog.Service
	_ = get[func() stock.Service](v) // want: takes as a type argument catalog.Service
	pair[int, renamed]()             // want: takes as a type argument catalog.Service
	_ = map[string]stock.Service{}   // want: keeps in a map catalog.Service
	_ = []*stock.Service{}           // want: keeps in a list catalog.Service
	_ = make(chan stock.Service)     // want: passes through a channel catalog.Service
}
