package app

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/internal/core"
	"github.com/banyan-commerce/banyan/modules/payment/internal/store"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
)

// move is a step of one attempt, with the attempt that it was decided upon (none if the step begins it)
// and the event that it answers (none if the provider brought it about).
type move struct {
	before core.Attempt
	step   core.Step
	cause  event.Envelope
}

// errStale says that an attempt changed after it was read: decide again.
var errStale = errors.New("the payment has changed meanwhile")

// begin carries out the first steps of attempts. sqldb.IsDuplicate tells that one of them exists, or that
// its order has another live one; nothing is written then.
func (a *App) begin(ctx context.Context, tx *sqldb.Tx, moves []move) error {
	attempts := make([]core.Attempt, len(moves))
	for i, m := range moves {
		attempts[i] = m.step.Next
	}
	if err := store.Insert(ctx, tx, attempts); err != nil {
		return err
	}
	return a.follow(ctx, tx, moves)
}

// advance carries out steps over the attempts that they were decided upon; errStale if any of these has
// changed. Attempts are locked in the order of their IDs.
func (a *App) advance(ctx context.Context, tx *sqldb.Tx, moves []move) error {
	moves = slices.DeleteFunc(moves, func(m move) bool { return m.step.IsNone() })
	if len(moves) == 0 {
		return nil
	}
	slices.SortFunc(moves, func(x, y move) int { return bytes.Compare(x.before.ID.UUID[:], y.before.ID.UUID[:]) })
	changes := make([]store.Change, len(moves))
	for i, m := range moves {
		changes[i] = store.Change{Before: m.before, Next: m.step.Next}
	}
	written, err := store.Update(ctx, tx, changes)
	if err != nil {
		return err
	}
	if !written {
		return errStale
	}
	return a.follow(ctx, tx, moves)
}

// follow writes what goes with the attempts' new states: ledger, events, tasks.
func (a *App) follow(ctx context.Context, tx *sqldb.Tx, moves []move) error {
	var postings []store.Posting
	var facts []bus.Publication
	var calls []task.New
	for _, m := range moves {
		next := m.step.Next
		for _, e := range m.step.Entries {
			postings = append(postings, store.Posting{PaymentID: next.ID, Entry: e})
		}
		if m.step.Event != nil {
			of := event.Aggregate{Type: payment.AggregateType, ID: next.ID.UUID, Version: next.Version}
			facts = append(facts, bus.Publication{Of: of, Event: m.step.Event, Cause: m.cause})
		}
		if m.step.Call != core.NoCall {
			calls = append(calls, task.New{
				Kind: string(m.step.Call), Key: next.ID.String(), Payload: job{PaymentID: next.ID, Operation: m.step.Operation},
			})
		}
	}
	if err := store.Post(ctx, tx, postings); err != nil {
		return err
	}
	if err := a.events.PublishSet(ctx, tx, facts); err != nil {
		return err
	}
	return a.tasks.EnqueueSet(ctx, tx, calls)
}

// job is the payload of every task: which operation of which attempt.
type job struct {
	PaymentID payment.ID `json:"payment_id"`
	Operation id.UUID    `json:"operation_id"`
}
