package orderfx

import (
	_ "example.com/shop/platform/ops" // want: imports platform/ops
	handle "example.com/shop/platform/sqldb"
)

func open(all *handle.Schemas) { // want: names sqldb.Schemas
	handle.Open() // want: names sqldb.Open
}
