package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/ordertest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/id"
)

func TestOnlyTheOperatorAndTheOrdersTokenSeeAnOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		mine, others := shop.Placed(), shop.Placed()
		for _, stranger := range []order.ID{others.ID, {UUID: id.New()}} {
			caller := shop.Owner(stranger)
			_, err := shop.Order(t.Context(), caller, mine.ID)
			require.ErrorIs(t, err, order.ErrNotFound)
			_, err = shop.Timeline(t.Context(), caller, mine.ID)
			require.ErrorIs(t, err, order.ErrNotFound)
			_, err = shop.Cancel(t.Context(), caller, mine.ID, "")
			require.ErrorIs(t, err, order.ErrNotFound)
			_, err = shop.RequestPayment(t.Context(), caller, mine.ID, "key", core.Means{Method: "card", Token: "t"})
			require.ErrorIs(t, err, order.ErrNotFound)
			_, _, err = shop.List(t.Context(), caller, core.Filter{}, 10)
			require.Error(t, err)
		}
		_, err := shop.Order(t.Context(), shop.Owner(mine.ID), mine.ID)
		require.NoError(t, err)
		_, err = shop.Order(t.Context(), shop.Operator(), order.ID{UUID: id.New()})
		require.ErrorIs(t, err, order.ErrNotFound)
		_, err = shop.Timeline(t.Context(), shop.Operator(), order.ID{UUID: id.New()})
		require.ErrorIs(t, err, order.ErrNotFound)
	})
}

func TestAListGoesThroughAllOrdersOnceTheNewestFirst(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		placed := []order.ID{shop.Placed().ID, shop.Confirmed().ID, shop.Placed().ID, shop.Placed().ID, shop.Confirmed().ID}
		var seen []order.ID
		filter := core.Filter{Email: "KIM@example.com"}
		for more := true; more; {
			var views []core.View
			var err error
			views, more, err = shop.List(t.Context(), shop.Operator(), filter, 2)
			require.NoError(t, err)
			for _, v := range views {
				seen = append([]order.ID{v.ID}, seen...)
				require.Equal(t, shop.Look(v.ID), v)
			}
			filter.Before = views[len(views)-1].ID
		}
		require.Equal(t, placed, seen)
		confirmed, _, err := shop.List(t.Context(), shop.Operator(), core.Filter{Status: core.Confirmed}, 10)
		require.NoError(t, err)
		require.Len(t, confirmed, 2)
		none, _, err := shop.List(t.Context(), shop.Operator(), core.Filter{Email: "lee@example.com"}, 10)
		require.NoError(t, err)
		require.Empty(t, none)
	})
}
