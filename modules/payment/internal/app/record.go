package app

import (
	"context"
	"errors"

	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/internal/core"
	"github.com/banyan-commerce/banyan/modules/payment/internal/store"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
)

// target is what a task calls the provider about.
type target struct {
	attempt   core.Attempt
	operation id.UUID
}

// missing says that there is no attempt.
func (t target) missing() bool { return t.attempt.Status == "" }

// read gives the tasks their attempts, as they stood before the call.
func (a *App) read(ctx context.Context, leases []task.Lease) ([]target, error) {
	jobs := make([]job, len(leases))
	ids := make([]payment.ID, len(leases))
	for i, l := range leases {
		if err := l.Decode(&jobs[i]); err != nil {
			return nil, err
		}
		ids[i] = jobs[i].PaymentID
	}
	attempts, err := store.GetSet(ctx, a.db, ids)
	if err != nil {
		return nil, err
	}
	targets := make([]target, len(leases))
	for i, j := range jobs {
		targets[i] = target{attempt: attempts[j.PaymentID], operation: j.Operation}
	}
	return targets, nil
}

// record applies the provider's answers to the attempts as they were read. Where one has changed
// meanwhile its answer, once it is alone, is applied to the attempt as it is now.
func (a *App) record(ctx context.Context, tx *sqldb.Tx, set []task.Done[target, rule]) error {
	now := a.now()
	moves := make([]move, len(set))
	for i, d := range set {
		moves[i] = move{before: d.State.attempt, step: d.Answer(d.State.attempt, now)}
	}
	err := a.advance(ctx, tx, moves)
	if !errors.Is(err, errStale) || len(set) > 1 {
		return err
	}
	current, err := store.Lock(ctx, tx, set[0].State.attempt.ID)
	if err != nil {
		return err
	}
	return a.advance(ctx, tx, []move{{before: current, step: set[0].Answer(current, now)}})
}
