package app_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// overdue is a shop with orders whose holds have run out, and nobody has noticed yet.
func overdue(t *testing.T, e dbtest.Engine, orders, pieces int) (*shop, []*told) {
	t.Helper()
	s := shopOn(e.With(sqldb.Options{}).DB(t, "catalog"))
	s.sells(t, pieces, "A", "B")
	placed := make([]*told, orders)
	for i := range placed {
		placed[i] = s.order(s.reserves(t, s.wants(fmt.Sprintf("order-%d", i), "A", "B")))
	}
	s.pass(2 * holdFor)
	return s, placed
}

func (o *told) facts() (placed order.Placed, confirmed order.Confirmed) {
	return order.Placed{OrderID: o.id(), Lines: o.lines()}, order.Confirmed{OrderID: o.id(), Lines: o.lines()}
}

func TestExpiryOnManyInstancesGivesBackOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s, orders := overdue(t, e, 120, 200)
		var mu sync.Mutex
		expired := 0

		race(t, 6, func(ctx context.Context, _ int) error {
			n, err := s.ExpireHolds(ctx)
			mu.Lock()
			defer mu.Unlock()
			expired += n
			return err
		})

		require.Equal(t, 2*len(orders), expired)
		require.Zero(t, s.stock(t, "A").Held)
		s.sound(t)
	})
}

func TestExpiryAgainstClaimAndPaymentKeepsOrLosesAnOrderWhole(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		const orders = 40
		s, placed := overdue(t, e, orders, orders)
		var mu sync.Mutex
		rivals := 0

		race(t, orders+8, func(ctx context.Context, client int) error {
			if client < 4 {
				_, err := s.ExpireHolds(ctx)
				return err
			}
			if client < 8 { // wants what becomes free meanwhile
				_, err := s.Reserve(ctx, s.wants(fmt.Sprintf("rival-%d", client), "B", "A"))
				if errors.Is(err, catalog.ErrOutOfStock) {
					return nil
				}
				mu.Lock()
				defer mu.Unlock()
				rivals++
				return err
			}
			o := placed[client-8]
			claim, pay := o.facts()
			of := event.Aggregate{Type: order.AggregateType, ID: o.held.OrderID, Version: 1}
			if err := o.hears(ctx, "order", of, claim); err != nil {
				return err
			}
			of.Version = 2
			return o.hears(ctx, "order", of, pay)
		})

		// Who lost the stock when placed may get it when confirmed; so the last word counts.
		lost := map[id.UUID]bool{}
		for _, of := range s.published(t) {
			lost[of.ID] = true
		}
		a, b := s.stock(t, "A"), s.stock(t, "B")
		require.Equal(t, a.Allocated, b.Allocated)
		require.EqualValues(t, rivals, a.Held)
		require.GreaterOrEqual(t, a.Allocated, int64(orders-len(lost)), "who heard of no loss has its pieces")
		require.LessOrEqual(t, a.Allocated+a.Held, int64(orders))
		s.sound(t)
	})
}

func TestTheOperatorsCountNeverFallsBelowWhatIsPromised(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shopOn(e.With(sqldb.Options{}).DB(t, "catalog"))
		s.sells(t, 50, "A")

		race(t, 24, func(ctx context.Context, client int) error {
			var err error
			if client%3 == 0 {
				_, err = s.SetStock(ctx, "A", int64(client), "operator")
			} else {
				_, err = s.Reserve(ctx, s.wants(fmt.Sprint(client), "A"))
			}
			if errors.Is(err, catalog.ErrOutOfStock) || errors.Is(err, catalog.ErrStockPromised) {
				return nil
			}
			return err
		})

		stock := s.stock(t, "A")
		require.GreaterOrEqual(t, stock.Available(), int64(0))
		s.sound(t)
	})
}
