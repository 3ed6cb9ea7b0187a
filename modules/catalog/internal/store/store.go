// Package store holds the SQL of the catalog. Functions take a transaction where they write or lock;
// what is only read may be read outside one.
package store

import (
	"context"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Location is where all stock lies, until there is a second place.
const Location = "main"

// Active is the status of a product and a SKU that is sold.
const Active = "active"

// reader is a *sqldb.DB or a *sqldb.Tx.
type reader interface {
	Select(ctx context.Context, dst any, query string, args ...any) error
	SelectIn(ctx context.Context, dst any, query string, args ...any) error
}

var (
	_ reader = (*sqldb.DB)(nil)
	_ reader = (*sqldb.Tx)(nil)
)
