// Package app holds the use cases of the catalog. Transactions begin and end here.
//
// All that takes locks does it in one order: reservations of an order, then stock by SKU. Stock comes
// last, so that its rows, which many orders want, are locked for the shortest time. An import locks no
// reservation, and stock first (see write).
package app

import (
	"time"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// App is the catalog.
type App struct {
	db  *sqldb.DB
	pub *bus.Publisher
	now func() time.Time

	holdings *sqldb.Batcher[*holding]
}

var _ catalog.Service = (*App)(nil)

// New makes the catalog of one schema.
func New(db *sqldb.DB, pub *bus.Publisher, now func() time.Time) *App {
	a := &App{db: db, pub: pub, now: now}
	a.holdings = sqldb.NewBatcher(db, mostHoldings, a.writeHolds)
	return a
}
