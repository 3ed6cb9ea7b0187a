package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/app"
	"github.com/banyan-commerce/banyan/platform/dbtest"
)

func TestTheDemoCatalogueIsLoadedOnceAndCanBeOrderedInBothCurrencies(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		n, err := s.LoadDemo(t.Context())
		require.NoError(t, err)
		require.GreaterOrEqual(t, n, 40)
		again, err := s.LoadDemo(t.Context())
		require.NoError(t, err)
		require.Zero(t, again)

		page, more, err := s.Products(t.Context(), app.Search{Limit: 200})
		require.NoError(t, err)
		require.False(t, more)
		require.Len(t, page, n)
		for _, l := range page {
			require.NotEmpty(t, l.Variants, l.Name)
			for _, v := range l.Variants {
				require.Len(t, v.Prices, 2, v.SKU)
				require.LessOrEqual(t, len(v.SKU), 64)
				require.Positive(t, v.Stock.Available(), v.SKU)
			}
		}
		for i, currency := range []string{"KRW", "EUR"} {
			r := s.wants([]string{"won", "euro"}[i], "DAWN-RIDGE-250G-FILTER", "LINEN-SHIRT-M-INDIGO")
			r.Currency = page[0].Variants[0].Prices[1-i].Amount.Currency
			require.EqualValues(t, currency, s.reserves(t, r).Total.Currency)
		}
		s.sound(t)
	})
}
