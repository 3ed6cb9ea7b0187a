package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/store"
	"github.com/banyan-commerce/banyan/platform/access"
)

// admit lets the operator and the holder of the order's token pass. Anybody else is told that there is
// no such order, so that nobody can find out which IDs exist.
func (a *Orders) admit(caller access.Caller, id order.ID) error {
	if !a.keys.MaySee(caller, id.UUID) {
		return order.ErrNotFound
	}
	return nil
}

// Order reads one order; order.ErrNotFound, also where the caller may not see it.
func (a *Orders) Order(ctx context.Context, caller access.Caller, id order.ID) (core.View, error) {
	if err := a.admit(caller, id); err != nil {
		return core.View{}, err
	}
	return a.view(ctx, id)
}

func (a *Orders) view(ctx context.Context, id order.ID) (core.View, error) {
	o, err := store.Order(ctx, a.db, id)
	if err != nil {
		return core.View{}, fmt.Errorf("read order %s: %w", id, err)
	}
	views, err := store.Views(ctx, a.db, []core.Order{o})
	if err != nil {
		return core.View{}, fmt.Errorf("read order %s: %w", id, err)
	}
	return views[0], nil
}

// List reads up to limit orders, the newest first, and says whether there are more; for the operator
// alone: access.ErrOperatorOnly or access.ErrForbidden.
func (a *Orders) List(ctx context.Context, caller access.Caller, f core.Filter, limit int) ([]core.View, bool, error) {
	if err := caller.RequireOperator(); err != nil {
		return nil, false, err
	}
	f.Email = strings.ToLower(f.Email)
	orders, err := store.Page(ctx, a.db, f, limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("list orders: %w", err)
	}
	more := len(orders) > limit
	views, err := store.Views(ctx, a.db, orders[:min(len(orders), limit)])
	if err != nil {
		return nil, false, fmt.Errorf("list orders: %w", err)
	}
	return views, more, nil
}

// Timeline reads what happened to an order, oldest first; order.ErrNotFound as Order does.
func (a *Orders) Timeline(ctx context.Context, caller access.Caller, id order.ID) ([]core.Entry, error) {
	if err := a.admit(caller, id); err != nil {
		return nil, err
	}
	entries, err := store.Timeline(ctx, a.db, id)
	if err != nil {
		return nil, fmt.Errorf("timeline of order %s: %w", id, err)
	}
	if len(entries) == 0 {
		return nil, order.ErrNotFound
	}
	return entries, nil
}

// Token gives access to an order; whoever placed it gets it, and again by repeating with the same key.
func (a *Orders) Token(id order.ID) string { return a.keys.OrderToken(id.UUID) }
