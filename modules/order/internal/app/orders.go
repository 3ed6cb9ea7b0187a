// Package app holds the use cases of orders. Its transactions begin and end here; what it states of an
// order is written together with the fact, and what it asks of catalog comes before.
package app

import (
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Config is what an operator may set.
type Config struct {
	Hold time.Duration // how long an order's stock is held for its payment; 15 min if zero
}

const (
	defaultHold  = 15 * time.Minute
	mostPlacings = 32 // orders that share a transaction
)

// Orders is the module at work.
type Orders struct {
	db      *sqldb.DB
	publish *bus.Publisher
	catalog catalog.Service
	keys    *access.Keys
	now     func() time.Time
	log     *slog.Logger
	hold    time.Duration
	number  func() string
	waiting *waiters

	placings *sqldb.Batcher[*placing]

	lookAgain time.Duration // of requests that wait
}

// New puts the module together; db is its own schema.
func New(
	db *sqldb.DB, publisher *bus.Publisher, service catalog.Service, keys *access.Keys,
	now func() time.Time, log *slog.Logger, c Config,
) *Orders {
	if c.Hold == 0 {
		c.Hold = defaultHold
	}
	a := &Orders{
		db: db, publish: publisher, catalog: service, keys: keys, log: log, hold: c.Hold,
		now:    func() time.Time { return now().UTC().Truncate(time.Microsecond) }, // as it is stored
		number: randomNumber, waiting: newWaiters(), lookAgain: lookAgain,
	}
	a.placings = sqldb.NewBatcher(db, mostPlacings, a.write)
	return a
}

func randomNumber() string {
	var random [5]byte
	_, _ = rand.Read(random[:]) // never fails: crypto/rand crashes the program instead
	return core.Number(random)
}
