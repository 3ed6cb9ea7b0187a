package app

import "example.com/shop/platform/sqldb"

type Schema struct{ Other *sqldb.DB }
