package app

import (
	"context"
	"time"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/platform/access"
)

// ScopeOf is whose keys a caller's are who orders for a customer.
func ScopeOf(caller access.Caller, c core.Customer) string { return scopeOf(caller, c) }

// NumberBy replaces how numbers are made.
func (a *Orders) NumberBy(f func() string) { a.number = f }

// LookAgainAfter sets how soon a waiting request looks by itself.
func (a *Orders) LookAgainAfter(d time.Duration) { a.lookAgain = d }

// Expire ends one order that a sweep has found.
func (a *Orders) Expire(ctx context.Context, id order.ID) error { return a.expire(ctx, id) }
