package app

import (
	"context"
	"time"

	"github.com/banyan-commerce/banyan/modules/order"
)

// NumberBy replaces how numbers are made.
func (a *Orders) NumberBy(f func() string) { a.number = f }

// LookAgainAfter sets how soon a waiting request looks by itself.
func (a *Orders) LookAgainAfter(d time.Duration) { a.lookAgain = d }

// Expire ends one order that a sweep has found.
func (a *Orders) Expire(ctx context.Context, id order.ID) error { return a.expire(ctx, id) }
