package app

import (
	"context"

	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/internal/core"
	"github.com/banyan-commerce/banyan/modules/payment/internal/store"
	"github.com/banyan-commerce/banyan/platform/id"
)

// View is an attempt with its ledger and the amounts recomputed from it.
type View struct {
	core.Attempt
	Ledger core.Ledger
	Totals core.Totals
}

// Read returns payment.ErrNotFound.
func (a *App) Read(ctx context.Context, paymentID payment.ID) (View, error) {
	attempt, err := store.Get(ctx, a.db, paymentID)
	if err != nil {
		return View{}, err
	}
	views, err := a.views(ctx, []core.Attempt{attempt})
	if err != nil {
		return View{}, err
	}
	return views[0], nil
}

// List reads attempts, the newest first: those of one order unless orderID is zero, and those older
// than before unless that is zero.
func (a *App) List(ctx context.Context, orderID id.UUID, before payment.ID, limit int) ([]View, error) {
	attempts, err := store.List(ctx, a.db, orderID, before, limit)
	if err != nil {
		return nil, err
	}
	return a.views(ctx, attempts)
}

func (a *App) views(ctx context.Context, attempts []core.Attempt) ([]View, error) {
	ids := make([]payment.ID, len(attempts))
	for i, attempt := range attempts {
		ids[i] = attempt.ID
	}
	ledgers, err := store.Ledgers(ctx, a.db, ids...)
	if err != nil {
		return nil, err
	}
	views := make([]View, len(attempts))
	for i, attempt := range attempts {
		ledger := ledgers[attempt.ID]
		totals, err := ledger.Totals(attempt.Amount.Currency)
		if err != nil {
			return nil, err
		}
		views[i] = View{Attempt: attempt, Ledger: ledger, Totals: totals}
	}
	return views, nil
}
