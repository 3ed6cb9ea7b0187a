// Package app runs payments: it hears what becomes of orders and parcels, calls the provider from
// durable tasks, and records what the provider answered.
//
// A call of the provider is recorded, as task and as ledger entry, with the effect that wants it; it
// happens outside any transaction, with the operation's ID as key; and its result, the event that
// tells of it and the end of the task are one transaction. So a crash at any point repeats the call
// with the same key, or finds it done.
package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/internal/core"
	"github.com/banyan-commerce/banyan/modules/payment/internal/provider"
	"github.com/banyan-commerce/banyan/modules/payment/internal/store"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
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

// errStale says that an attempt changed after it was read: decide again.
var errStale = errors.New("the payment has changed meanwhile")

// begin carries out the first step of an attempt. sqldb.IsDuplicate tells that it exists, or that its
// order has another live one.
func (a *App) begin(ctx context.Context, tx *sqldb.Tx, s core.Step) error {
	if err := store.Insert(ctx, tx, s.Next); err != nil {
		return err
	}
	return a.follow(ctx, tx, s)
}

// advance carries out a step over the attempt that it was decided upon; errStale if that has changed.
func (a *App) advance(ctx context.Context, tx *sqldb.Tx, before core.Attempt, s core.Step) error {
	if s.IsNone() {
		return nil
	}
	written, err := store.Update(ctx, tx, before, s.Next)
	if err != nil {
		return err
	}
	if !written {
		return errStale
	}
	return a.follow(ctx, tx, s)
}

// follow writes what goes with an attempt's new state: ledger, event, task.
func (a *App) follow(ctx context.Context, tx *sqldb.Tx, s core.Step) error {
	if err := store.InsertEntries(ctx, tx, s.Next.ID, s.Entries); err != nil {
		return err
	}
	if s.Event != nil {
		of := event.Aggregate{Type: payment.AggregateType, ID: s.Next.ID.UUID, Version: s.Next.Version}
		if err := a.events.Publish(ctx, tx, of, s.Event); err != nil {
			return err
		}
	}
	if s.Call == core.NoCall {
		return nil
	}
	job := job{PaymentID: s.Next.ID, Operation: s.Operation}
	return a.tasks.Enqueue(ctx, tx, string(s.Call), s.Next.ID.String(), job, a.now())
}

// job is the payload of every task: which operation of which attempt.
type job struct {
	PaymentID payment.ID `json:"payment_id"`
	Operation id.UUID    `json:"operation_id"`
}

// read decodes a task's payload and reads its attempt.
func (a *App) read(ctx context.Context, l task.Lease) (job, core.Attempt, error) {
	var j job
	if err := l.Decode(&j); err != nil {
		return j, core.Attempt{}, err
	}
	attempt, err := store.Get(ctx, a.db, j.PaymentID)
	if err != nil {
		return j, core.Attempt{}, fmt.Errorf("task %s: %w", l.Kind, err)
	}
	return j, attempt, nil
}

// maxDecisions bounds how often a step is decided again. An attempt hears of the end of its order and
// of its parcel once each, so that more changes can't come between.
const maxDecisions = 4

// record carries out what decide makes of the provider's answer, and completes the task with it.
func (a *App) record(ctx context.Context, l task.Lease, attempt core.Attempt, decide func(core.Attempt) core.Step) error {
	for range maxDecisions {
		err := sqldb.InTx(ctx, a.db, func(tx *sqldb.Tx) error {
			if err := a.advance(ctx, tx, attempt, decide(attempt)); err != nil {
				return err
			}
			return l.Complete(ctx, tx)
		})
		if !errors.Is(err, errStale) {
			return err
		}
		if attempt, err = store.Get(ctx, a.db, attempt.ID); err != nil {
			return err
		}
	}
	return fmt.Errorf("record the answer for payment %s: %w", attempt.ID, errStale)
}
