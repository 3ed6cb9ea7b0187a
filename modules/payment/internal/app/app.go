// Package app runs payments: it hears what becomes of orders and parcels, calls the provider from
// durable tasks, and records what the provider answered.
//
// A call of the provider is recorded, as task and as ledger entry, with the effect that wants it; it
// happens outside any transaction, with the operation's ID as key; and its result, the event that
// tells of it and the end of the task are one transaction. So a crash at any point repeats the call
// with the same key, or finds it done.
//
// All of it works on sets: as many facts or answers as have come are applied by the same few statements
// (move.go). One that can't be applied with the others makes its set fail, and is then a set of one.
package app

import (
	"time"

	"github.com/banyan-commerce/banyan/modules/payment/internal/provider"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
)

// App is the payment module at work.
type App struct {
	db       *sqldb.DB
	events   *bus.Publisher
	tasks    *task.Queue
	provider provider.Provider
	now      func() time.Time
}

// New makes the module on its schema.
func New(db *sqldb.DB, events *bus.Publisher, tasks *task.Queue, p provider.Provider, now func() time.Time) *App {
	return &App{db: db, events: events, tasks: tasks, provider: p, now: now}
}
