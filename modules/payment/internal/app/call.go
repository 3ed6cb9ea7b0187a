package app

import (
	"context"
	"errors"
	"fmt"

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
		{Kind: string(core.CallAuthorise), Run: a.authorise},
		{Kind: string(core.CallVoid), Run: a.void},
		{Kind: string(core.CallCapture), Run: a.capture},
	}
}

// authorise asks the provider to set the amount aside, unless the order has ended meanwhile.
func (a *App) authorise(ctx context.Context, l task.Lease) error {
	_, attempt, err := a.read(ctx, l)
	if err != nil {
		return err
	}
	if attempt.Status != core.Ready {
		return nil
	}
	first := l.Attempt == 1
	if first && attempt.Wish == core.WishVoid {
		return a.abort(ctx, l, attempt)
	}
	if !first { // somebody may have called and died, or not heard the answer
		outcome, err := a.provider.Query(ctx, attempt.Operation())
		switch {
		case err == nil:
			return a.answered(ctx, l, attempt, outcome)
		case !errors.Is(err, provider.ErrUnknownOperation):
			return fmt.Errorf("ask for payment %s: %w", attempt.ID, err)
		case attempt.Wish == core.WishVoid:
			return a.foreclose(ctx, l, attempt)
		}
	}
	outcome, err := a.provider.Authorise(ctx, provider.Authorisation{
		Key: attempt.Operation(), Token: attempt.Token, Amount: attempt.Amount,
	})
	if err != nil {
		return fmt.Errorf("authorise payment %s: %w", attempt.ID, err)
	}
	return a.answered(ctx, l, attempt, outcome)
}

func (a *App) answered(ctx context.Context, l task.Lease, attempt core.Attempt, o provider.Outcome) error {
	operation := id.New()
	return a.record(ctx, l, attempt, func(current core.Attempt) core.Step { return current.Answered(o, operation, a.now()) })
}

func (a *App) abort(ctx context.Context, l task.Lease, attempt core.Attempt) error {
	return a.record(ctx, l, attempt, func(current core.Attempt) core.Step { return current.Aborted(a.now()) })
}

// foreclose ends an attempt whose authorisation may still be on its way to the provider: the key is
// closed there first. The task's own ID is the operation, because no repetition changes it.
func (a *App) foreclose(ctx context.Context, l task.Lease, attempt core.Attempt) error {
	_, err := a.provider.Void(ctx, provider.Void{Key: l.ID, Authorisation: attempt.Operation()})
	if err != nil {
		return fmt.Errorf("close payment %s: %w", attempt.ID, err)
	}
	return a.abort(ctx, l, attempt)
}

// void releases what is set aside.
func (a *App) void(ctx context.Context, l task.Lease) error {
	j, attempt, err := a.read(ctx, l)
	if err != nil {
		return err
	}
	outcome, err := a.provider.Void(ctx, provider.Void{
		Key: j.Operation, Authorisation: attempt.Operation(), Reference: attempt.Reference,
	})
	if err != nil {
		return fmt.Errorf("void payment %s: %w", attempt.ID, err)
	}
	if !outcome.Done {
		return fmt.Errorf("void payment %s: %s: %w", attempt.ID, outcome.Code, ErrRefused)
	}
	return a.record(ctx, l, attempt, func(current core.Attempt) core.Step {
		return current.VoidAnswered(j.Operation, outcome, a.now())
	})
}

// capture takes what is set aside.
func (a *App) capture(ctx context.Context, l task.Lease) error {
	j, attempt, err := a.read(ctx, l)
	if err != nil {
		return err
	}
	if attempt.Status != core.Authorised {
		return nil
	}
	outcome, err := a.provider.Capture(ctx, provider.Capture{
		Key: j.Operation, Authorisation: attempt.Operation(), Reference: attempt.Reference, Amount: attempt.Amount,
	})
	if err != nil {
		return fmt.Errorf("capture payment %s: %w", attempt.ID, err)
	}
	if !outcome.Done || outcome.Amount != attempt.Amount {
		return fmt.Errorf("capture payment %s: %s: %w", attempt.ID, outcome.Code, ErrRefused)
	}
	return a.record(ctx, l, attempt, func(current core.Attempt) core.Step {
		return current.CaptureAnswered(j.Operation, outcome, a.now())
	})
}
