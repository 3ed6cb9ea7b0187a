package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/internal/core"
	"github.com/banyan-commerce/banyan/modules/payment/internal/provider"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/task"
)

// ErrRefused is what a task fails with when the provider does not release or take what it has set
// aside: the task is tried again, with the same key.
var ErrRefused = fault.New(fault.Unavailable, "provider_refused", "The payment provider refused for now.")

// Tasks are the calls of the provider.
func (a *App) Tasks() []task.Handler {
	return []task.Handler{
		task.OnSet(string(core.CallAuthorise), a.read, a.authorise, a.record),
		task.OnSet(string(core.CallVoid), a.read, a.void, a.record),
		task.OnSet(string(core.CallCapture), a.read, a.capture, a.record),
	}
}

// rule is what an answer of the provider makes of an attempt. It is asked again if the attempt has changed
// while the answer was on its way.
type rule func(a core.Attempt, now time.Time) core.Step

// nothing is the rule of a task that has come too late.
func nothing(core.Attempt, time.Time) core.Step { return core.Step{} }

// authorise asks the provider to set the amount aside, unless the order has ended meanwhile.
func (a *App) authorise(ctx context.Context, l task.Lease, on target) (rule, error) {
	attempt := on.attempt
	switch {
	case on.missing():
		return nil, payment.ErrNotFound
	case attempt.Status != core.Ready:
		return nothing, nil
	case l.Attempt > 1: // somebody may have called and died, or not heard the answer
		return a.inquire(ctx, l, attempt)
	case attempt.Wish == core.WishVoid:
		return core.Attempt.Aborted, nil
	}
	return a.ask(ctx, attempt)
}

func (a *App) ask(ctx context.Context, attempt core.Attempt) (rule, error) {
	outcome, err := a.provider.Authorise(ctx, provider.Authorisation{
		Key: attempt.Operation(), Token: attempt.Token, Amount: attempt.Amount,
	})
	if err != nil {
		return nil, fmt.Errorf("authorise payment %s: %w", attempt.ID, err)
	}
	return answered(outcome), nil
}

// inquire asks what became of an earlier call, before it is repeated.
func (a *App) inquire(ctx context.Context, l task.Lease, attempt core.Attempt) (rule, error) {
	outcome, err := a.provider.Query(ctx, attempt.Operation())
	switch {
	case err == nil:
		return answered(outcome), nil
	case !errors.Is(err, provider.ErrUnknownOperation):
		return nil, fmt.Errorf("ask for payment %s: %w", attempt.ID, err)
	case attempt.Wish == core.WishVoid:
		return a.foreclose(ctx, l, attempt)
	}
	return a.ask(ctx, attempt)
}

func answered(o provider.Outcome) rule {
	operation := id.New()
	return func(current core.Attempt, now time.Time) core.Step { return current.Answered(o, operation, now) }
}

// foreclose ends an attempt whose authorisation may still be on its way to the provider: the key is
// closed there first. The task's own ID is the operation, because no repetition changes it.
func (a *App) foreclose(ctx context.Context, l task.Lease, attempt core.Attempt) (rule, error) {
	_, err := a.provider.Void(ctx, provider.Void{Key: l.ID, Authorisation: attempt.Operation()})
	if err != nil {
		return nil, fmt.Errorf("close payment %s: %w", attempt.ID, err)
	}
	return core.Attempt.Aborted, nil
}

// void releases what is set aside.
func (a *App) void(ctx context.Context, _ task.Lease, on target) (rule, error) {
	attempt := on.attempt
	if on.missing() {
		return nil, payment.ErrNotFound
	}
	outcome, err := a.provider.Void(ctx, provider.Void{
		Key: on.operation, Authorisation: attempt.Operation(), Reference: attempt.Reference,
	})
	if err != nil {
		return nil, fmt.Errorf("void payment %s: %w", attempt.ID, err)
	}
	if !outcome.Done {
		return nil, fmt.Errorf("void payment %s: %s: %w", attempt.ID, outcome.Code, ErrRefused)
	}
	return func(current core.Attempt, now time.Time) core.Step {
		return current.VoidAnswered(on.operation, outcome, now)
	}, nil
}

// capture takes what is set aside.
func (a *App) capture(ctx context.Context, _ task.Lease, on target) (rule, error) {
	attempt := on.attempt
	switch {
	case on.missing():
		return nil, payment.ErrNotFound
	case attempt.Status != core.Authorised:
		return nothing, nil
	}
	outcome, err := a.provider.Capture(ctx, provider.Capture{
		Key: on.operation, Authorisation: attempt.Operation(), Reference: attempt.Reference, Amount: attempt.Amount,
	})
	if err != nil {
		return nil, fmt.Errorf("capture payment %s: %w", attempt.ID, err)
	}
	if !outcome.Done || outcome.Amount != attempt.Amount {
		return nil, fmt.Errorf("capture payment %s: %s: %w", attempt.ID, outcome.Code, ErrRefused)
	}
	return func(current core.Attempt, now time.Time) core.Step {
		return current.CaptureAnswered(on.operation, outcome, now)
	}, nil
}
