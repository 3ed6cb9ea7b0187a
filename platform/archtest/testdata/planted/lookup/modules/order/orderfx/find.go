package orderfx

import "example.com/shop/modules/catalog"

func find(v any) catalog.Service { return v.(catalog.Service) } // want: asserts that a value is catalog.Service
